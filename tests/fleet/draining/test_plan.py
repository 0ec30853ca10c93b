from datetime import timedelta

import pytest

from apps.fleet.draining import DrainPlan, Obstacle, plan_drain
from apps.fleet.kube.port import SeenBudget, SeenPod

from .pods import DAEMON_SET, NOW, budget, pod


def plan(
    *pods: SeenPod, budgets: list[SeenBudget] | None = None, bare: bool = False, voluntary: bool = True
) -> DrainPlan:
    return plan_drain(pods, budgets or [], evict_bare_pods=bare, voluntary=voluntary, now=NOW)


def names(pods: tuple[SeenPod, ...]) -> list[str]:
    return [one.name for one in pods]


def test_daemon_mirror_and_finished_pods_stay() -> None:
    made = plan(
        pod("logs", owner=DAEMON_SET),
        pod("etcd", is_mirror=True, owner=None),
        pod("done", phase="Succeeded"),
        pod("crashed", phase="Failed"),
        pod("web-1"),
    )

    assert names(made.staying) == ["logs", "etcd", "done", "crashed"]
    assert names(made.evictable) == ["web-1"]
    assert made.blockers == ()


def test_a_node_is_empty_only_when_the_terminating_pods_are_gone_too() -> None:
    assert not plan(pod(terminating=True)).is_empty
    assert names(plan(pod(terminating=True)).leaving) == ["web-1"]
    assert plan(pod(owner=DAEMON_SET)).is_empty


def test_bare_pods_block_unless_the_policy_lets_them_go() -> None:
    refused = plan(pod("lonely", owner=None))

    assert refused.evictable == ()
    assert refused.blockers[0].obstacle is Obstacle.BARE
    assert refused.blockers[0].reason == "Pod shop/lonely has no controller and would not come back."
    assert not refused.is_empty
    assert names(plan(pod("lonely", owner=None), bare=True).evictable) == ["lonely"]


@pytest.mark.parametrize("key", ["atharva.ai/do-not-disrupt", "karpenter.sh/do-not-disrupt"])
def test_do_not_disrupt_blocks_a_voluntary_drain_only(key: str) -> None:
    protected = pod(annotations={key: "true"})

    blocked = plan(protected)
    assert blocked.evictable == ()
    assert blocked.blockers[0].reason == f"Pod shop/web-1 may not be disrupted ({key}=true)."
    assert names(plan(protected, voluntary=False).evictable) == ["web-1"]


@pytest.mark.parametrize(
    ("value", "age", "is_blocked"),
    [
        ("30m", timedelta(minutes=29), True),
        ("30m", timedelta(minutes=31), False),
        ("1h30m", timedelta(minutes=89), True),
        ("1h30m", timedelta(minutes=90), False),
        ("1.5h", timedelta(minutes=89), True),
        ("90s", timedelta(seconds=91), False),
        ("false", timedelta(0), False),
    ],
)
def test_do_not_disrupt_lasts_as_long_as_it_says_from_the_pods_start(
    value: str, age: timedelta, is_blocked: bool
) -> None:
    made = plan(pod(annotations={"atharva.ai/do-not-disrupt": value}, started_at=NOW - age))

    assert bool(made.blockers) is is_blocked
    assert bool(made.evictable) is not is_blocked


@pytest.mark.parametrize("value", ["soon", "", "30", "-5m", "30 m", "9999999h"])
def test_a_do_not_disrupt_that_cannot_be_read_is_honoured_and_reported(value: str) -> None:
    made = plan(pod(annotations={"atharva.ai/do-not-disrupt": value}, started_at=NOW - timedelta(days=9)))

    assert made.evictable == ()
    assert "neither true nor a duration" in made.blockers[0].reason
    assert f"atharva.ai/do-not-disrupt={value}" in made.blockers[0].reason


def test_a_pod_that_has_not_started_counts_from_its_creation() -> None:
    waiting = pod(
        annotations={"atharva.ai/do-not-disrupt": "30m"},
        started_at=None,
        created_at=NOW - timedelta(minutes=10),
    )

    assert "2026-05-04 12:20:00 UTC" in plan(waiting).blockers[0].reason


def test_of_two_annotations_the_one_that_lasts_longer_counts() -> None:
    both = pod(annotations={"atharva.ai/do-not-disrupt": "2h", "karpenter.sh/do-not-disrupt": "1m"})

    assert "atharva.ai/do-not-disrupt=2h" in plan(both).blockers[0].reason


def test_a_used_up_budget_is_named_and_the_pod_asked_for_all_the_same() -> None:
    made = plan(pod(), budgets=[budget(allowed=0, current_healthy=2)])

    assert names(made.evictable) == ["web-1"]
    assert made.refusals == ()
    assert made.blockers[0].reason == (
        "Pod shop/web-1 waits for budget shop/web, which needs 2 healthy pods and has 2."
    )


def test_a_pod_under_two_budgets_is_never_asked_for() -> None:
    made = plan(pod(), budgets=[budget("web"), budget("all", selector={})])

    assert made.evictable == ()
    assert made.refusals[0].obstacle is Obstacle.SEVERAL_BUDGETS
    assert "shop/all and shop/web" in made.refusals[0].reason


def test_budgets_do_not_concern_a_pod_that_never_started() -> None:
    made = plan(
        pod(phase="Pending", ready=False), budgets=[budget("web", allowed=0), budget("all", selector={})]
    )

    assert names(made.evictable) == ["web-1"]
    assert made.blockers == ()


def test_a_budget_of_another_namespace_does_not_concern_a_pod() -> None:
    assert plan(pod(), budgets=[budget(namespace="bank", allowed=0)]).blockers == ()


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        ({}, True),
        (None, False),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "front"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        (
            {
                "matchLabels": {"app": "web"},
                "matchExpressions": [{"key": "tier", "operator": "Exists"}],
            },
            False,
        ),
    ],
)
def test_selectors_pick_as_the_api_server_does(selector: dict[str, object] | None, selects: bool) -> None:
    made = plan(pod(), budgets=[budget(selector=selector, allowed=0)])

    assert bool(made.blockers) is selects


def test_free_pods_go_before_waiting_ones_and_slow_ones_before_quick_ones() -> None:
    made = plan(
        pod("a-waits", grace_seconds=600),
        pod("b-quick", labels={}, grace_seconds=5),
        pod("c-slow", labels={}, grace_seconds=120),
        budgets=[budget(allowed=0)],
    )

    assert names(made.evictable) == ["c-slow", "b-quick", "a-waits"]
