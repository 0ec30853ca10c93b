"""Nodes: taints that follow cordon and readiness, nodes that fall silent, DaemonSets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.kubernetes.api import Obj, answered, eventually
from tests.contract.kubernetes.objects import condition, daemon_set
from tests.contract.kubernetes.workspace import NODES, Workspace, now

pytestmark = pytest.mark.usefixtures("controllers")
NODE = "node.kubernetes.io"


def test_cordon_brings_a_taint_and_uncordon_takes_it(space: Workspace) -> None:
    node = space.node()
    answered(space.api.patch(f"{NODES}/{node}", {"spec": {"unschedulable": True}}), 200)
    eventually(lambda: space.taints(node) == [f"{NODE}/unschedulable:NoSchedule"])

    answered(space.api.patch(f"{NODES}/{node}", {"spec": {"unschedulable": None}}), 200)

    eventually(lambda: space.taints(node) == [])


def test_a_new_node_is_tainted_until_it_is_ready(space: Workspace) -> None:
    node = space.node(ready=False)
    assert space.taints(node) == [f"{NODE}/not-ready:NoSchedule"]

    space.heartbeat(node)

    eventually(lambda: space.taints(node) == [])


def test_pods_tolerate_a_lost_node_for_five_minutes(space: Workspace) -> None:
    pod = space.running("web-0", space.node())

    assert [(t["key"], t["effect"], t["tolerationSeconds"]) for t in pod["spec"]["tolerations"]] == [
        (f"{NODE}/not-ready", "NoExecute", 300),
        (f"{NODE}/unreachable", "NoExecute", 300),
    ]


@pytest.mark.usefixtures("scheduler")
def test_a_daemon_sets_pod_is_pinned_to_its_node_and_tolerates_its_troubles(space: Workspace) -> None:
    node = space.node()
    pod = _daemon(space)

    required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    tolerated = {t["key"].removeprefix(f"{NODE}/") for t in pod["spec"]["tolerations"]}
    assert required["nodeSelectorTerms"] == [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    ]
    assert tolerated == {
        "not-ready",
        "unreachable",
        "disk-pressure",
        "memory-pressure",
        "pid-pressure",
        "unschedulable",
    }


@pytest.mark.usefixtures("scheduler")
def test_an_evicted_daemon_comes_back_on_the_same_cordoned_node(space: Workspace) -> None:
    node = space.node()
    first = _daemon(space)["metadata"]["name"]
    answered(space.api.patch(f"{NODES}/{node}", {"spec": {"unschedulable": True}}), 200)
    answered(space.evict(first), 201)
    space.api.delete(f"{space.pods}/{first}", gracePeriodSeconds="0")

    second = eventually(lambda: _bound_daemon(space, other_than=first), within=20)

    assert second["spec"]["nodeName"] == node


@pytest.mark.chaos
def test_a_silent_node_becomes_unreachable(space: Workspace) -> None:
    silent, alive = space.node("silent"), space.node("alive")

    def lost() -> bool:
        space.api.patch(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{alive}", _renewal())
        return len(space.taints(silent)) == 2

    eventually(lost, within=90)

    node = space.api.read(f"{NODES}/{silent}")
    states = {kind: condition(node, kind)["status"] for kind in ("Ready", "MemoryPressure", "DiskPressure")}
    assert set(states.values()) == {"Unknown"}
    assert condition(node, "Ready")["reason"] == "NodeStatusUnknown"
    assert set(space.taints(silent)) == {f"{NODE}/unreachable:NoSchedule", f"{NODE}/unreachable:NoExecute"}
    assert space.taints(alive) == []


@pytest.mark.chaos
def test_a_deleted_nodes_pods_are_collected(space: Workspace) -> None:
    node = space.node()
    space.running("web-0", node)
    answered(space.api.delete(f"{NODES}/{node}"), 200)

    eventually(lambda: space.api.get(f"{space.pods}/web-0").status_code == 404, within=120)


def _renewal() -> Obj:
    return {"spec": {"renewTime": now(micro=True)}}


def _daemon(space: Workspace) -> Obj:
    space.api.make(space.daemon_sets, daemon_set("agent", **space.here))
    found: Obj = eventually(lambda: _bound_daemon(space), within=20)
    return found


def _bound_daemon(space: Workspace, other_than: str = "") -> Any:
    pods = space.api.read(space.pods, labelSelector="app=agent")["items"]
    bound = [pod for pod in pods if pod["spec"].get("nodeName") and pod["metadata"]["name"] != other_than]
    return bound[0] if bound else None
