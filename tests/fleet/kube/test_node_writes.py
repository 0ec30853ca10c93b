import threading

import pytest

from apps.fleet.errors import NodeMissing
from apps.fleet.kube.port import DISRUPTION_TAINT, EXCLUDE_FROM_LOAD_BALANCERS, Kube, Taint

from .standin import TestCluster
from .workloads import wait_until

OURS = Taint(DISRUPTION_TAINT, "", "NoSchedule")


def test_a_taint_is_added_once_and_removed(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()
    wait_until(lambda: kube.node(name).ready and not kube.node(name).taints)

    kube.taint(name, OURS)
    kube.taint(name, OURS)
    assert kube.node(name).taints == (OURS,)

    kube.untaint(name, DISRUPTION_TAINT)
    kube.untaint(name, DISRUPTION_TAINT)
    assert kube.node(name).taints == ()


def test_other_taints_keep_all_that_they_say(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()
    theirs = {"key": "gpu", "value": "yes", "effect": "NoExecute", "timeAdded": "2026-01-02T03:04:05Z"}
    wait_until(lambda: kube.node(name).ready and not kube.node(name).taints)
    cluster.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": [theirs]}})

    kube.taint(name, OURS)
    kube.untaint(name, DISRUPTION_TAINT)

    assert cluster.api("GET", f"/api/v1/nodes/{name}")["spec"]["taints"] == [theirs]


def test_a_taint_of_another_value_takes_the_place_of_the_old_one(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()
    wait_until(lambda: kube.node(name).ready and not kube.node(name).taints)
    kube.taint(name, Taint(DISRUPTION_TAINT, "old", "NoSchedule"))

    kube.taint(name, OURS)

    assert kube.node(name).taints == (OURS,)


def test_concurrent_taints_and_cordons_are_never_lost(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()
    wait_until(lambda: kube.node(name).ready)
    start = threading.Barrier(4)

    def add(number: int) -> None:
        start.wait()
        kube.taint(name, Taint(f"test/{number}", "", "NoSchedule"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    start.wait()
    cluster.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": True}})
    for thread in threads:
        thread.join()

    wait_until(lambda: len(kube.node(name).taints) >= 4)
    keys = {taint.key for taint in kube.node(name).taints}
    assert keys == {"test/0", "test/1", "test/2", "node.kubernetes.io/unschedulable"}


def test_a_label_is_set_and_removed(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()

    kube.label(name, EXCLUDE_FROM_LOAD_BALANCERS, "true")
    assert kube.node(name).labels[EXCLUDE_FROM_LOAD_BALANCERS] == "true"

    kube.label(name, EXCLUDE_FROM_LOAD_BALANCERS, None)
    assert EXCLUDE_FROM_LOAD_BALANCERS not in kube.node(name).labels


def test_writing_to_a_node_that_is_gone_says_so(kube: Kube) -> None:
    with pytest.raises(NodeMissing):
        kube.taint("nowhere", OURS)
    with pytest.raises(NodeMissing):
        kube.untaint("nowhere", DISRUPTION_TAINT)
    with pytest.raises(NodeMissing):
        kube.label("nowhere", "a", "b")


def test_deleting_a_node_twice_is_once(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()

    kube.delete_node(name)
    kube.delete_node(name)

    with pytest.raises(NodeMissing):
        kube.node(name)
