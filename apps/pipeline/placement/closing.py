"""A plan that is being carried out ends with its last launch."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.fleet.models import Launch
from apps.fleet.statuses import LaunchState

from ..models import PlacementPlan
from ..statuses import PlanState


@transaction.atomic
def close_plan(plan_id: UUID, *, now: datetime) -> None:
    """Finish the plan once none of its launches is under way: stopped where one failed. Safe to repeat.

    The plan's row is locked first, so that of two launches that end at once the second sees the first.
    """
    plan = PlacementPlan.objects.select_for_update().filter(pk=plan_id, state=PlanState.RUNNING).first()
    launches = Launch.objects.filter(plan_id=plan_id)
    if plan is None or launches.open().exists():
        return
    failed = launches.filter(state=LaunchState.FAILED).exists()
    plan.state = PlanState.FAILED if failed else PlanState.DONE
    plan.finished_at = now
    plan.save(update_fields=["state", "finished_at"])
