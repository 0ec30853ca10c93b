"""So few pods that every way to place them is looked at: the plan is the cheapest, and that is proven."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from apps.pipeline.optimizer.model import HOST_LABEL, ZONE_LABEL, Limits, Plan, Problem
from apps.pipeline.optimizer.solving import solve, warm_up
from apps.pipeline.verification import check_bound, check_plan
from tests.pipeline.optimizer.exhaustive import least_cost
from tests.pipeline.optimizer.problems import problems
from tests.pipeline.verification.build import apart, node, offering, problem, shape, spread, together

SLIGHTLY = 1e-6
WEB = ["web"]
SMALL, LARGE = (1000, 2048, 4), (4000, 8192, 10)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up()


def pools(**changed: object):
    """In each of two zones a small node, and a large one that costs three of it."""
    return tuple(
        offering(2 * at + index, zone=zone, cost=cost, capacity=room, **changed)
        for at, zone in enumerate(("a", "b"))
        for index, (cost, room) in enumerate(((0.1 + 0.01 * at, SMALL), (0.3 + 0.03 * at, LARGE)))
    )


def proven(packing: Problem) -> Plan:
    plan = solve(packing, deadline_seconds=1.0)
    assert check_plan(packing, plan) == []
    assert check_bound(packing, plan) == []
    assert plan.unplaced == ()
    assert plan.method == "exact"
    assert plan.gap <= SLIGHTLY
    return plan


@pytest.mark.parametrize(
    ("packing", "cost"),
    [
        (problem(shape(), offerings=pools()), 0.1),
        (problem(*[shape()] * 3, offerings=pools()), 0.3),
        (problem(*[shape()] * 4, offerings=pools()), 0.3),
        (problem(*[shape(cpu=1500)] * 2, offerings=pools()), 0.3),
        (problem(*[shape(spread(), of=WEB)] * 2, offerings=pools()), 0.21),
        (problem(*[shape(spread(), of=WEB)] * 2, *[shape()] * 2, offerings=pools()), 0.41),
        (problem(*[shape(apart(over=ZONE_LABEL), of=WEB)] * 2, offerings=pools()), 0.21),
        (problem(*[shape(apart(over=HOST_LABEL), of=WEB)] * 2, offerings=pools()), 0.2),
        (problem(*[shape(spread(over=HOST_LABEL, skew=2), of=WEB)] * 4, offerings=pools()), 0.4),
        (problem(*[shape(together(over=ZONE_LABEL), of=WEB)] * 2, offerings=pools()), 0.2),
        (problem(shape(together("db", over=ZONE_LABEL)), offerings=pools(), placed={"db": {"b": 1}}), 0.11),
        (problem(*[shape()] * 2, offerings=pools(), nodes=(node(free=SMALL),)), 0.1),
        (problem(*[shape()] * 2, offerings=pools(), nodes=(node(),)), 0.0),
    ],
)
def test_the_cheapest_plan_is_found_and_proven(packing, cost):
    assert proven(packing).cost == pytest.approx(cost)


def test_many_replicas_are_few_where_they_are_alike():
    assert proven(problem(*[shape()] * 200, offerings=pools())).cost == pytest.approx(15.0)


def test_what_the_policy_forbids_is_no_plan_and_the_bound_is_below_it():
    free = problem(*[shape(cpu=300)] * 4, offerings=pools())
    held = replace(free, limits=Limits(max_pool_share_pct=50))
    plan = solve(held, deadline_seconds=0.5)
    assert check_plan(held, plan) == []
    assert check_bound(held, plan) == []
    assert plan.bound <= plan.cost + SLIGHTLY


@given(packing=problems())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_placement_is_cheaper(packing):
    plan = solve(packing, deadline_seconds=0.1)

    assert check_bound(packing, plan) == []
    least = least_cost(packing)
    if least is not None and plan.method == "exact" and not plan.unplaced:
        assert plan.cost == pytest.approx(least)
        assert plan.bound == pytest.approx(least)
