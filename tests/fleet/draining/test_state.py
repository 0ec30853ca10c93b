import json
from datetime import timedelta

import pytest

from apps.fleet.draining import DrainPlan, DrainState, after_answer, next_evictions
from apps.fleet.kube.port import Answer, EvictionAnswer, SeenPod

from .pods import NOW, pod

REFUSED = EvictionAnswer(Answer.BUDGET, "The disruption budget web needs 2 healthy pods and has 2 currently")


def plan_of(*names: str) -> DrainPlan:
    return DrainPlan(evictable=tuple(pod(name) for name in names))


def names(pods: list[SeenPod]) -> list[str]:
    return [one.name for one in pods]


def highest() -> float:
    return 0.999999


def test_evictions_are_spread_evenly_over_the_policys_time() -> None:
    state, plan = DrainState(spread_seconds=12), plan_of("a", "b", "c", "d")

    due = [names(next_evictions(state, plan, NOW + timedelta(seconds=s))) for s in (0, 3, 6, 9)]

    assert due == [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]]


def test_few_pods_do_not_wait_longer_than_five_seconds_each() -> None:
    state, plan = DrainState(spread_seconds=120), plan_of("a", "b")

    next_evictions(state, plan, NOW)

    assert names(next_evictions(state, plan, NOW + timedelta(seconds=5))) == ["a", "b"]


def test_without_a_spread_all_go_at_once() -> None:
    assert names(next_evictions(DrainState(spread_seconds=0), plan_of("a", "b", "c"), NOW)) == ["a", "b", "c"]


def test_a_pod_that_came_later_queues_behind_the_others() -> None:
    state = DrainState(spread_seconds=120)
    next_evictions(state, plan_of("a", "b"), NOW)

    assert names(next_evictions(state, plan_of("a", "b", "late"), NOW + timedelta(seconds=9))) == ["a", "b"]
    assert "late" in names(next_evictions(state, plan_of("late"), NOW + timedelta(seconds=10)))


def test_a_refused_pod_waits_longer_each_time_and_says_why() -> None:
    state, plan = DrainState(spread_seconds=0), plan_of("a")
    [asked] = next_evictions(state, plan, NOW)

    after_answer(state, asked, REFUSED, NOW, highest)
    first = state.pods[asked.uid].next_at - NOW
    after_answer(state, asked, REFUSED, NOW, highest)
    second = state.pods[asked.uid].next_at - NOW

    assert first.total_seconds() == pytest.approx(0.1, rel=0.01)
    assert second.total_seconds() == pytest.approx(0.2, rel=0.01)
    assert next_evictions(state, plan, NOW + timedelta(seconds=0.15)) == []
    [blocked] = state.blocked()
    assert blocked.blocked_by == f"Pod shop/a is refused: {REFUSED.message}"
    assert (blocked.since, blocked.tries) == (NOW, 2)


def test_the_servers_own_waiting_time_is_kept() -> None:
    state, plan = DrainState(spread_seconds=0), plan_of("a")
    [asked] = next_evictions(state, plan, NOW)

    after_answer(state, asked, EvictionAnswer(Answer.NOT_YET, "still being processed", 10), NOW)

    assert state.next_look() == NOW + timedelta(seconds=10)


def test_misconfigured_budgets_are_named_as_such() -> None:
    state, plan = DrainState(spread_seconds=0), plan_of("a")
    [asked] = next_evictions(state, plan, NOW)

    after_answer(state, asked, EvictionAnswer(Answer.MISCONFIGURED, "more than one"), NOW)

    assert state.blocked()[0].blocked_by.startswith(
        "Pod shop/a cannot be evicted until its budgets are corrected"
    )


@pytest.mark.parametrize("answer", [Answer.EVICTED, Answer.GONE])
def test_an_evicted_pod_is_not_asked_again_while_it_leaves(answer: Answer) -> None:
    state = DrainState(spread_seconds=0)
    [asked] = next_evictions(state, plan_of("a"), NOW)
    after_answer(state, asked, REFUSED, NOW)

    after_answer(state, asked, EvictionAnswer(answer), NOW)

    assert next_evictions(state, plan_of("a"), NOW + timedelta(seconds=5)) == []
    assert state.blocked() == []
    assert state.next_look() is None


def test_a_pod_that_went_by_itself_blocks_no_longer() -> None:
    state = DrainState(spread_seconds=0)
    [asked] = next_evictions(state, plan_of("a"), NOW)
    after_answer(state, asked, REFUSED, NOW)

    next_evictions(state, DrainPlan(), NOW + timedelta(seconds=1))

    assert state.blocked() == []
    assert state.pods[asked.uid].done


def test_a_state_survives_its_storage_as_json() -> None:
    state = DrainState(spread_seconds=30)
    first, *_ = next_evictions(state, plan_of("a", "b", "c"), NOW)
    after_answer(state, first, REFUSED, NOW)

    stored = json.loads(json.dumps(state.dump()))

    assert DrainState.load(stored) == state
    assert DrainState.load({}) == DrainState()
