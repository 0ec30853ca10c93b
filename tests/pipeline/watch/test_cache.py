"""What the streams tell is what is there: the cache against a plain model of the cluster."""

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet.kube.port import Owner, SeenPod
from apps.pipeline.watch.cache import ClusterCache
from tests.fleet.draining.pods import pod

NOW = timezone.now()


def refused(name: str = "web-1", **changes: Any) -> SeenPod:
    """A pod that the scheduler has found no node for."""
    return pod(
        name, **{"node_name": "", "phase": "Pending", "ready": False, "unschedulable_at": NOW} | changes
    )


def names(cache: ClusterCache) -> set[str]:
    return {seen.name for seen in cache.state(NOW).pods}


@pytest.mark.requirement("P1.5")
def test_a_pod_that_the_scheduler_refused_is_one_to_find_a_node_for() -> None:
    cache = ClusterCache()
    cache.put_pod(refused())
    assert [seen.name for seen in cache.unschedulable()] == ["web-1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"unschedulable_at": None},
        {"node_name": "node-a"},
        {"nominated_node": "node-a"},
        {"gates": ("example.com/quota",)},
        {"owner": Owner("DaemonSet", "shop", "logs")},
        {"scheduler_name": "volcano"},
        {"terminating": True},
        {"phase": "Failed"},
        {"is_mirror": True},
        {"refusal": "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_other_pod_is(changes: dict[str, Any]) -> None:
    cache = ClusterCache()
    cache.put_pod(refused(**changes))
    cache.only_pods([refused(**changes)])
    assert cache.unschedulable() == []


def test_a_pod_that_found_its_node_waits_no_more() -> None:
    cache = ClusterCache()
    cache.put_pod(refused())
    cache.put_pod(pod())
    assert cache.unschedulable() == []
    assert names(cache) == {"web-1"}


def test_finished_and_deleted_pods_leave() -> None:
    cache = ClusterCache()
    for name in ("runs", "ends", "goes"):
        cache.put_pod(pod(name))
    cache.put_pod(pod("ends", phase="Succeeded"))
    cache.drop_pod(pod("goes").uid)
    assert names(cache) == {"runs"}


def test_a_pod_of_the_same_name_is_another_pod() -> None:
    cache = ClusterCache()
    cache.put_pod(pod("db-0", uid="first"))
    cache.put_pod(refused("db-0", uid="second"))
    cache.drop_pod("first")
    assert [seen.uid for seen in cache.state(NOW).pods] == ["second"]
    assert [seen.uid for seen in cache.unschedulable()] == ["second"]


def test_a_list_takes_the_place_of_all_that_was_known() -> None:
    cache = ClusterCache()
    cache.put_pod(refused("gone"))
    cache.only_pods([refused("new"), pod("runs"), pod("over", phase="Succeeded")])
    assert names(cache) == {"new", "runs"}
    assert [seen.name for seen in cache.unschedulable()] == ["new"]


def test_half_a_cluster_is_not_whole() -> None:
    cache = ClusterCache()
    cache.only_pods([])
    assert not cache.is_whole
    cache.only_nodes([])
    assert cache.is_whole


def test_a_state_stays_as_it_was() -> None:
    cache = ClusterCache()
    cache.put_pod(pod("a"))
    before = cache.state(NOW)
    cache.put_pod(pod("b"))
    assert [seen.name for seen in before.pods] == ["a"]


events = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["refused", "bound", "ended", "deleted"]))
)


@given(events, events)
def test_events_and_a_list_lead_to_the_same(
    first: list[tuple[str, str]], then: list[tuple[str, str]]
) -> None:
    """However the past was, after the same events a cache agrees with one that listed and then followed."""
    world: dict[str, SeenPod] = {}

    def happen(cache: ClusterCache, name: str, what: str) -> None:
        if what == "deleted":
            world.pop(name, None)
            cache.drop_pod(pod(name).uid)
            return
        made = {"refused": refused(name), "bound": pod(name), "ended": pod(name, phase="Failed")}[what]
        world[name] = made
        cache.put_pod(made)

    followed, listed = ClusterCache(), ClusterCache()
    for name, what in first:
        happen(followed, name, what)
    listed.only_pods(list(world.values()))
    for name, what in then:
        happen(followed, name, what)
        happen(listed, name, what)

    living = {name for name, seen in world.items() if not seen.is_finished}
    assert names(followed) == names(listed) == living
    waiting = {name for name in living if world[name].unschedulable_at}
    assert {seen.name for seen in followed.unschedulable()} == waiting
    assert {seen.name for seen in listed.unschedulable()} == waiting
