"""A plan ends with its last launch."""

from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from apps.fleet.models import Launch
from apps.fleet.signals import launch_finished
from apps.fleet.statuses import LaunchState, Mode
from apps.pipeline.models import PlacementPlan
from apps.pipeline.statuses import PlanPurpose, PlanState
from tests.factories import ClusterFactory, LaunchFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    return PlacementPlan.objects.create(
        cluster=ClusterFactory(),
        purpose=PlanPurpose.PENDING,
        state=PlanState.RUNNING,
        mode=Mode.ACTIVE,
        created_at=timezone.now(),
        pods=4,
        price_hourly_usd=1,
        cost_hourly_usd=1,
        bound_hourly_usd=1,
        gap=0,
        first_cost_hourly_usd=1,
        first_seconds=0,
        seconds=0,
        method="",
    )


def launch_of(plan: PlacementPlan) -> Launch:
    return LaunchFactory(cluster=plan.cluster, plan_id=plan.pk)


def end(launch: Launch, state: LaunchState) -> None:
    launch.state, launch.finished_at = state, timezone.now()
    launch.save()
    launch_finished.send(Launch, launch=launch)


@pytest.mark.parametrize(
    ("last", "closed"),
    [
        (LaunchState.READY, PlanState.DONE),
        (LaunchState.CANCELLED, PlanState.DONE),
        (LaunchState.FAILED, PlanState.FAILED),
    ],
)
def test_it_is_done_with_its_last_launch_and_stopped_where_one_failed(plan, last, closed) -> None:
    first, second = launch_of(plan), launch_of(plan)

    end(first, LaunchState.READY)
    plan.refresh_from_db()
    assert (plan.state, plan.finished_at) == (PlanState.RUNNING, None)

    end(second, last)
    plan.refresh_from_db()
    assert plan.state == closed
    assert plan.finished_at is not None


def test_a_launch_without_a_plan_or_of_an_unknown_one_closes_nothing(plan) -> None:
    for plan_id in (None, uuid4()):
        launch = LaunchFactory(cluster=plan.cluster, plan_id=plan_id)
        end(launch, LaunchState.READY)
    plan.refresh_from_db()
    assert plan.state == PlanState.RUNNING
    assert isinstance(plan.pk, UUID)


def test_a_plan_that_was_only_recorded_stays_so(plan) -> None:
    plan.state = PlanState.RECORDED
    plan.save()
    end(launch_of(plan), LaunchState.READY)
    plan.refresh_from_db()
    assert plan.state == PlanState.RECORDED
