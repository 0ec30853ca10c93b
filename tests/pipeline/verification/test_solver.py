"""Whatever the solver answers stands the check that shares no code with it."""

import pytest
from hypothesis import HealthCheck, given, settings

from apps.pipeline.optimizer.solving import solve, warm_up
from apps.pipeline.verification import check_bound, check_plan
from tests.pipeline.verification.packings import packings


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up()


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(packings())
def test_every_plan_can_be_carried_out_and_its_bound_is_proven(packing):
    plan = solve(packing, deadline_seconds=0.5)
    assert check_plan(packing, plan) == []
    assert check_bound(packing, plan) == []
