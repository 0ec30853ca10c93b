"""Whatever the packing: the plan keeps every rule, its bound is true, and its gap is what it says."""

import pytest
from hypothesis import HealthCheck, given, settings

from apps.pipeline.optimizer.model import Problem
from apps.pipeline.optimizer.solving import solve, warm_up
from apps.pipeline.verification.bounds import check_bound
from apps.pipeline.verification.plans import check_plan
from tests.pipeline.optimizer.exhaustive import least_cost
from tests.pipeline.optimizer.problems import problems

SLIGHTLY = 1e-6


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up()


@given(problem=problems())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_plan_breaks_no_rule_and_says_no_more_than_is_proven(problem: Problem) -> None:
    plan = solve(problem, deadline_seconds=0.3)

    assert check_plan(problem, plan) == []
    assert check_bound(problem, plan) == []
    least = least_cost(problem)
    if least is not None and not plan.unplaced:
        assert plan.bound <= least + SLIGHTLY
        assert plan.cost * (1 - plan.gap) <= least + SLIGHTLY
        assert plan.cost >= least - SLIGHTLY
