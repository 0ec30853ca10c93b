"""One switch a step further, and the sweep that finds the switches that are due.

No row lock is held while a step waits for AWS or Kubernetes: every call of a step is idempotent, and its
outcome is stored by compare-and-set, so neither a crash at any line nor a second worker can launch twice.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.fleet.models import Go, LookAgain, Outcome, Switch
from apps.fleet.statuses import SwitchState
from atharva.api.problems import Problem, Unavailable

from . import announcing, completing, emptying, finishing, preparing, returning, starting, verifying

log = structlog.get_logger(__name__)
Step = Callable[[Switch, datetime], Outcome]

STEPS: dict[SwitchState, Step] = {
    SwitchState.SUGGESTED: starting.start,
    SwitchState.PREPARING: preparing.prepare,
    SwitchState.SWITCHING: emptying.empty,
    SwitchState.VERIFYING: verifying.verify,
    SwitchState.COMPLETE: completing.complete,
    SwitchState.ROLLING_BACK: returning.roll_back,
}
# Where a step can go when the cloud or the cluster refuses for good.
WAY_OUT: dict[SwitchState, SwitchState] = {
    SwitchState.SUGGESTED: SwitchState.ROLLED_BACK,
    SwitchState.PREPARING: SwitchState.ROLLING_BACK,
    SwitchState.SWITCHING: SwitchState.ROLLING_BACK,
    SwitchState.VERIFYING: SwitchState.FAILED,
    SwitchState.COMPLETE: SwitchState.FAILED,
    SwitchState.ROLLING_BACK: SwitchState.FAILED,
}
# A claimed switch whose worker died is due again after this long.
LEASE = timedelta(seconds=30)
RETRY = timedelta(seconds=5)
# A worker gives the next switch its turn after so many steps of one.
STEPS_IN_A_ROW = 4


def claim_due(limit: int) -> list[UUID]:
    """Up to `limit` open switches that are due, the longest waiting first, leased to the caller."""
    with transaction.atomic():
        due = (
            Switch.objects.select_for_update(skip_locked=True)
            .filter(finished_at=None, look_again_at__lte=Now())
            .order_by("look_again_at")
            .values_list("pk", flat=True)[:limit]
        )
        ids = list(due)
        Switch.objects.filter(pk__in=ids).update(look_again_at=Now() + LEASE)
    return ids


def advance(*switch_ids: UUID) -> None:
    """Bring switches further. Safe to run twice, by two workers, or after a crash at any line.

    One that fails unexpectedly does not stop the others. Raises an ExceptionGroup of such failures.
    """
    failures = []
    for switch in load(switch_ids):
        try:
            advance_one(switch)
        except Exception as error:
            log.exception("switch_broke", switch=str(switch.pk))
            failures.append(error)
    if failures:
        raise ExceptionGroup("switches that could not be advanced", failures)


def advance_one(switch: Switch) -> None:
    """Take steps until one waits, a race is lost or others should have their turn.

    A stored outcome leaves the row as it is in the database, so it is not read again between steps.
    """
    for _ in range(STEPS_IN_A_ROW):
        if switch.finished_at is not None:
            return
        with structlog.contextvars.bound_contextvars(switch=str(switch.pk), state=switch.state):
            outcome = take_step(switch)
            if not store(switch, outcome) or isinstance(outcome, LookAgain):
                return


def load(switch_ids: Iterable[UUID]) -> list[Switch]:
    """Switches with everything that their steps read. One query: building it costs more CPU than a step."""
    return list(
        Switch.objects.select_related(
            "cluster__account",
            "cluster__policy",
            "old_instance__group",
            "new_instance",
            "from_pool",
            "to_pool",
        ).filter(pk__in=switch_ids)
    )


def take_step(switch: Switch) -> Outcome:
    """What the step of the present state says, with the named troubles of clouds and clusters as outcomes."""
    try:
        return STEPS[switch.status](switch, timezone.now())
    except Unavailable as trouble:
        log.warning("switch_waits", why=trouble.sentence)
        return LookAgain(RETRY, trouble.sentence)
    except Problem as refusal:
        log.error("switch_refused", why=refusal.sentence)
        return Go(WAY_OUT[switch.status], refusal.sentence, {"error": refusal.sentence[:400]})


def store(switch: Switch, outcome: Outcome) -> bool:
    """Record an outcome and all that follows from it in one transaction; False where a race was lost."""
    before = switch.detail
    with transaction.atomic():
        won = switch.record(outcome, now=timezone.now())
        if won:
            if switch.finished_at is not None:
                finishing.finish(switch)
            announcing.stepped(switch, outcome, before=before)
    log.info(
        "switch_stepped" if won else "switch_raced", outcome=type(outcome).__name__, detail=outcome.detail
    )
    return won
