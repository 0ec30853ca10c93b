"""What holds for every node, however its pods are."""

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.fleet.draining import DrainState, after_answer, backoff, gap_between, next_evictions, plan_drain
from apps.fleet.kube.port import Answer, EvictionAnswer, Owner, SeenBudget, SeenPod

from .pods import NOW, budget, pod

OWNERS = st.sampled_from([None, *(Owner(kind, "shop", "x") for kind in ("ReplicaSet", "DaemonSet", "Job"))])
LABELS = st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["web", "api"]), max_size=2)
ANNOTATIONS = st.dictionaries(
    st.sampled_from(["atharva.ai/do-not-disrupt", "karpenter.sh/do-not-disrupt"]),
    st.sampled_from(["true", "false", "30m", "3h", "nonsense"]),
    max_size=2,
)


@st.composite
def pods(draw: st.DrawFn) -> list[SeenPod]:
    return [
        pod(
            f"pod-{number}",
            owner=draw(OWNERS),
            is_mirror=draw(st.booleans()),
            terminating=draw(st.booleans()),
            phase=draw(st.sampled_from(["Pending", "Running", "Succeeded", "Failed"])),
            labels=draw(LABELS),
            annotations=draw(ANNOTATIONS),
            grace_seconds=draw(st.integers(0, 600)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


SELECTORS = st.sampled_from([None, {}, {"matchLabels": {"app": "web"}}, {"matchLabels": {"tier": "api"}}])
BUDGETS = st.lists(
    st.builds(
        budget,
        name=st.sampled_from(["one", "two", "three"]),
        namespace=st.sampled_from(["shop", "bank"]),
        allowed=st.integers(0, 2),
        selector=SELECTORS,
    ),
    max_size=3,
)
SEEDS = st.integers(0, 2**32).map(random.Random)


@given(pods(), BUDGETS, st.booleans(), st.booleans())
def test_every_pod_is_accounted_for_exactly_once(
    node: list[SeenPod], budgets: list[SeenBudget], bare: bool, voluntary: bool
) -> None:
    plan = plan_drain(node, budgets, evict_bare_pods=bare, voluntary=voluntary, now=NOW)

    refused = [blocker.pod for blocker in plan.refusals]
    accounted = [*plan.evictable, *plan.leaving, *plan.staying, *refused]
    assert sorted(one.uid for one in accounted) == sorted(one.uid for one in node)


@given(pods(), BUDGETS, st.booleans(), st.booleans())
def test_never_evicts_a_pod_that_stays(
    node: list[SeenPod], budgets: list[SeenBudget], bare: bool, voluntary: bool
) -> None:
    plan = plan_drain(node, budgets, evict_bare_pods=bare, voluntary=voluntary, now=NOW)

    asked = next_evictions(DrainState(spread_seconds=0), plan, NOW)

    assert not any(one.is_daemon or one.is_mirror or one.is_finished or one.terminating for one in asked)
    assert bare or all(one.owner is not None for one in asked)


@given(st.integers(-5, 10_000), SEEDS)
def test_backoff_keeps_within_karpenters_bounds(tries: int, chance: random.Random) -> None:
    waits = backoff(tries, chance.random)

    assert timedelta(milliseconds=50) <= waits <= timedelta(seconds=10)


@given(st.integers(1, 500), st.integers(0, 600))
def test_a_drain_is_spread_over_no_more_than_the_policys_time(count: int, spread: int) -> None:
    gap = gap_between(count, timedelta(seconds=spread))

    assert gap * count <= timedelta(seconds=spread) + timedelta(milliseconds=1)
    assert timedelta() <= gap <= timedelta(seconds=5)


@given(pods(), st.lists(st.sampled_from(list(Answer)), max_size=40), SEEDS)
def test_every_evictable_pod_is_eventually_due(
    node: list[SeenPod], answers: list[Answer], chance: random.Random
) -> None:
    plan = plan_drain(node, [], evict_bare_pods=True, voluntary=False, now=NOW)
    state, now = DrainState(), NOW
    next_evictions(state, plan, now)
    for answer in answers:
        now += timedelta(seconds=1)
        for one in next_evictions(state, plan, now):
            after_answer(state, one, EvictionAnswer(answer, "because", 3), now, chance.random)

    later = now + timedelta(seconds=120)
    assert next_evictions(state, plan, later) == list(plan.evictable)
