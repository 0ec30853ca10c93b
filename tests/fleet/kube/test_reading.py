import re
from collections.abc import Callable, Mapping

import pytest

from apps.fleet.errors import NodeMissing, WatchExpired
from apps.fleet.kube.api import ClusterApi
from apps.fleet.kube.calling import Caller, Reply
from apps.fleet.kube.port import Kube, Owner
from apps.fleet.kube.session import Sessions

from .standin import TestCluster
from .workloads import budget, deployment, pod, wait_until


def test_a_node_is_seen_with_its_instance_and_what_it_offers(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node(instance_id="i-0a1b2c3d", zone="us-east-1b", labels={"team": "shop"})

    seen = kube.node(name)

    assert seen.instance_id == "i-0a1b2c3d"
    assert seen.labels["team"] == "shop"
    assert seen.cpu_milli > 1000
    assert seen.memory_mib > 4000
    assert not seen.unschedulable


def test_the_cluster_tells_its_version(kube: Kube) -> None:
    assert re.fullmatch(r"1\.\d+", kube.version())


def test_a_node_that_is_not_there_is_missing(kube: Kube) -> None:
    with pytest.raises(NodeMissing, match="has no node nowhere"):
        kube.node("nowhere")


def test_a_list_of_many_pages_is_whole_and_watched_from_its_own_version(
    cluster: TestCluster, kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.fleet.kube.listing.PAGE", 2)
    made = {cluster.node() for _ in range(5)}

    seen, version = kube.nodes()

    assert {node.name for node in seen} == made
    assert len(seen) == 5
    late = cluster.node()
    changes = kube.watch_nodes(version, seconds=5)
    assert any(change.node and change.node.name == late for change in changes)


class Interrupted(Caller):
    """Lets the cluster forget its history after the first page of a list."""

    test_cluster: TestCluster
    codes: list[int]

    def get(self, call: str, path: str, query: Mapping[str, str] | None = None) -> Reply:
        reply = super().get(call, path, query)
        self.codes.append(reply.code)
        if len(self.codes) == 1:
            self.test_cluster.node()
            self.test_cluster.control("POST", "/compact")
        return reply


def test_a_list_whose_pages_grew_too_old_is_made_again(
    cluster: TestCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.fleet.kube.listing.PAGE", 1)
    caller = Interrupted(Sessions().of(cluster.kubeconfig, cluster=cluster.name), cluster=cluster.name)
    caller.test_cluster, caller.codes = cluster, []
    for _ in range(3):
        cluster.node()

    seen, _ = ClusterApi(caller).nodes()

    assert 410 in caller.codes
    assert len({node.name for node in seen}) == len(seen) == 4


def test_a_watch_brings_what_happens_and_ends_by_itself(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()
    wait_until(lambda: kube.node(name).ready)
    _, version = kube.nodes()
    cluster.api(
        "PATCH", f"/api/v1/nodes/{name}", {"spec": {"unschedulable": True}}, "application/merge-patch+json"
    )
    cluster.api("DELETE", f"/api/v1/nodes/{name}")

    changes = [change for change in kube.watch_nodes(version, seconds=1) if change.node]

    assert any(change.node and change.node.unschedulable for change in changes)
    assert changes[-1].kind == "DELETED"
    assert int(changes[-1].version) > int(version)


def test_a_watch_from_a_forgotten_version_is_expired(cluster: TestCluster, kube: Kube) -> None:
    cluster.node()
    _, version = kube.nodes()
    cluster.node()
    cluster.control("POST", "/compact")

    with pytest.raises(WatchExpired, match="watch of nodes"):
        list(kube.watch_nodes(version, seconds=5))


def test_the_pods_of_a_node_are_seen_with_owner_requests_and_grace(cluster: TestCluster, kube: Kube) -> None:
    name, other = cluster.node(), cluster.node()
    deployment(cluster, "web", replicas=1, node=name, grace=77)
    pod(cluster, "elsewhere", node=other)
    wait_until(lambda: kube.pods_on(name))

    [seen] = kube.pods_on(name)

    assert seen.owner is not None
    assert seen.owner.kind == "ReplicaSet"
    assert seen.labels["app"] == "web"
    assert (seen.grace_seconds, seen.node_name) == (77, name)
    assert (seen.cpu_milli, seen.memory_mib) == (100, 64)
    assert not seen.terminating


def test_budgets_are_those_of_the_namespaces_asked_for(cluster: TestCluster, kube: Kube) -> None:
    cluster.api("POST", "/api/v1/namespaces", {"metadata": {"name": "bank"}})
    deployment(cluster, "web", replicas=2, node=cluster.node())
    budget(cluster, "web", min_available=1)
    budget(cluster, "vault", min_available=1, namespace="bank")

    wait_until(lambda: kube.budgets(["default"])[0].allowed == 1)

    [seen] = kube.budgets(["default"])
    assert (seen.name, seen.current_healthy, seen.desired_healthy, seen.expected_pods) == ("web", 2, 1, 2)
    assert seen.selector == {"matchLabels": {"app": "web"}}
    many = [*(f"n{number}" for number in range(9)), "bank", "default"]
    assert sorted(one.name for one in kube.budgets(many)) == ["vault", "web"]
    assert kube.budgets([]) == []


def test_a_deployments_pods_are_counted_by_the_deployment(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()
    deployment(cluster, "web", replicas=2, node=name)
    wait_until(lambda: kube.pods_on(name))
    owner = kube.pods_on(name)[0].owner
    assert owner is not None

    wait_until(lambda: (r := kube.replicas(owner)) is not None and (r.wanted, r.ready) == (2, 2))

    scale = {"spec": {"replicas": 5}}
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    cluster.patch(path, scale)
    found = kube.replicas(owner)
    assert found is not None
    assert found.wanted == 5


@pytest.mark.parametrize("kind", ["ReplicaSet", "StatefulSet", "ReplicationController", "Job", "Rollout"])
def test_an_owner_that_is_gone_or_unknown_has_no_replicas(kube: Kube, kind: str) -> None:
    assert kube.replicas(Owner(kind, "default", "gone")) is None


@pytest.fixture
def attach(cluster: TestCluster) -> Callable[[str, str], None]:
    def make(name: str, node: str) -> None:
        spec = {"attacher": "ebs.csi.aws.com", "nodeName": node, "source": {"persistentVolumeName": name}}
        cluster.api(
            "POST", "/apis/storage.k8s.io/v1/volumeattachments", {"metadata": {"name": name}, "spec": spec}
        )

    return make


def test_attachments_are_counted_per_node(
    cluster: TestCluster, kube: Kube, attach: Callable[[str, str], None]
) -> None:
    name, other = cluster.node(), cluster.node()
    attach("one", name)
    attach("two", other)

    assert kube.attachments(name) == 1


def test_every_pod_is_listed_and_followed(cluster: TestCluster, kube: Kube) -> None:
    pod(cluster, "early", node=cluster.node())

    seen, version = kube.pods()
    pod(cluster, "late", node="nowhere")

    assert [found.name for found in seen] == ["early"]
    changes = (change.pod for change in kube.watch_pods(version, seconds=5))
    refused = next(found for found in changes if found and found.waits_for_node)
    assert refused.name == "late"
