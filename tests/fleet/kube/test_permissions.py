"""The table of rights is what the adapter asks for: no less, or a call fails; no more, or a right is idle."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from apps.fleet.errors import ClusterForbidden
from apps.fleet.kube.api import kube_for
from apps.fleet.kube.owners import PATHS
from apps.fleet.kube.permissions import BY_NAME, OWNERS, VERBS, Verb, needed_in
from apps.fleet.kube.port import Kube, Owner, Taint
from apps.fleet.kube.rbac import rules
from apps.fleet.statuses import Mode
from tests.fleet.draining.pods import pod

from .standin import StandIn, TestCluster
from .workloads import claim

# A real cluster, and the stand-in, grant these to whoever has signed in.
GRANTED_TO_ALL = {"get /version", "create selfsubjectaccessreviews"}
# The stand-in has no such kinds: it answers 404 before it asks who wants them.
NOT_SERVED = {"get replicationcontrollers", "get jobs"}
NOWHERE = Owner("Deployment", "default", "nowhere")

Call = Callable[[Kube, str], object]


def watch(kube: Kube, node: str) -> None:
    list(kube.watch_nodes(kube.nodes()[1], seconds=1))


def evict(kube: Kube, node: str) -> None:
    kube.evict(pod())


def owner(kind: str) -> Call:
    return lambda kube, node: kube.replicas(replace(NOWHERE, kind=kind))


# Each right, and the method of the adapter that cannot do without it.
NEEDS: dict[str, Call] = {
    "get /version": lambda kube, node: kube.version(),
    "create selfsubjectaccessreviews": lambda kube, node: kube.may(VERBS[0]),
    "list nodes": lambda kube, node: kube.nodes(),
    "watch nodes": watch,
    "get nodes": lambda kube, node: kube.node(node),
    "list pods": lambda kube, node: kube.pods_on(node),
    "watch pods": lambda kube, node: list(kube.watch_pods(kube.pods()[1], seconds=1)),
    "list pods.metrics.k8s.io": lambda kube, node: kube.usage(),
    "list persistentvolumeclaims": lambda kube, node: kube.claim_zones([("default", "data")]),
    "list persistentvolumes": lambda kube, node: kube.claim_zones([("default", "data")]),
    "list poddisruptionbudgets": lambda kube, node: kube.budgets(["default"]),
    "patch nodes": lambda kube, node: kube.label(node, "atharva.ai/test", "yes"),
    "create pods/eviction": evict,
    "create pods/binding": lambda kube, node: kube.bind(pod(), node),
    "list volumeattachments": lambda kube, node: kube.attachments(node),
    "get deployments": owner("Deployment"),
    "get replicasets": owner("ReplicaSet"),
    "get statefulsets": owner("StatefulSet"),
    "get replicationcontrollers": owner("ReplicationController"),
    "get jobs": owner("Job"),
    "delete nodes": lambda kube, node: kube.delete_node(node),
}
EVERY_OTHER: tuple[Call, ...] = (
    lambda kube, node: kube.taint(node, Taint("atharva.ai/test", "", "NoSchedule")),
    lambda kube, node: kube.untaint(node, "atharva.ai/test"),
    lambda kube, node: kube.budgets(["a", "b", "c", "d", "e"]),
)


@pytest.fixture
def granted(standin: StandIn) -> Callable[[Iterable[Verb]], tuple[Kube, TestCluster]]:
    """A cluster whose token has exactly those rights."""

    def made(verbs: Iterable[Verb]) -> tuple[Kube, TestCluster]:
        cluster = standin.cluster(token_rules=rules(verbs))
        claim(cluster, "data", volume="vol-data")
        return kube_for(name=cluster.name, kubeconfig=cluster.kubeconfig), cluster

    return made


def test_every_right_of_the_table_has_its_call() -> None:
    assert list(NEEDS) == [verb.name for verb in VERBS]


def test_with_the_rights_of_the_table_every_method_works(granted) -> None:
    kube, cluster = granted(VERBS)
    node = cluster.node()
    for call in (*EVERY_OTHER, *NEEDS.values()):
        call(kube, node)


@pytest.mark.parametrize("missing", sorted(NEEDS.keys() - GRANTED_TO_ALL - NOT_SERVED))
def test_without_one_of_them_its_method_is_refused_by_that_name(granted, missing: str) -> None:
    kube, cluster = granted(verb for verb in VERBS if verb.name != missing)
    node = cluster.node()
    with pytest.raises(ClusterForbidden) as refused:
        NEEDS[missing](kube, node)
    assert refused.value.details["call"] == missing


def test_each_kind_of_owner_is_read_where_its_right_says() -> None:
    rights = {(verb.group, verb.resource) for verb in VERBS if verb.why == OWNERS}
    paths = [path.strip("/").split("/") for path in PATHS.values()]
    assert {("" if path[0] == "api" else path[1], path[-2]) for path in paths} == rights


def test_the_cluster_says_which_rights_are_there(granted) -> None:
    kube, _ = granted(needed_in(Mode.OBSERVE))
    assert {verb.name for verb in VERBS if kube.may(verb)} == {verb.name for verb in needed_in(Mode.OBSERVE)}


def test_watching_needs_no_right_to_change_anything() -> None:
    changing = {"patch", "delete", "update", "create"}
    asked = {verb.name for verb in needed_in(Mode.OBSERVE) if verb.verb in changing}
    assert asked == {"create selfsubjectaccessreviews"}
    assert needed_in(Mode.DRY_RUN) == needed_in(Mode.OBSERVE)
    assert needed_in(Mode.ACTIVE) == VERBS
    assert len(BY_NAME) == len(VERBS)
