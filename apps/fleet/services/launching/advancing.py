"""Launches a step further, and the sweep that finds those that are due.

As with switches: every call of a step is idempotent, and its outcome is stored by compare-and-set, so neither
a crash at any line nor a second worker can buy twice.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.fleet.models import Enter, Launch, LaunchOutcome, Stay
from apps.fleet.statuses import LaunchState
from atharva.api.problems import Problem, Unavailable

from . import announcing, binding, buying, finishing, joining, starting
from .looking import Sight

log = structlog.get_logger(__name__)
Step = Callable[[Launch, Sight, datetime], LaunchOutcome]

STEPS: dict[LaunchState, Step] = {
    LaunchState.PLANNED: starting.start,
    LaunchState.LAUNCHING: buying.buy,
    LaunchState.JOINING: joining.join,
    LaunchState.BINDING: binding.bind,
}
# A claimed launch whose worker died is due again after this long.
LEASE = timedelta(seconds=30)
RETRY = timedelta(seconds=2)
# As many as three requests for capacity take, each with the choice before it, and some to spare.
STEPS_IN_A_ROW = 10


def claim_due(limit: int) -> list[UUID]:
    """Up to `limit` open launches that are due, the longest waiting first, leased to the caller."""
    with transaction.atomic():
        due = (
            Launch.objects.open()
            .select_for_update(skip_locked=True)
            .filter(look_again_at__lte=Now())
            .order_by("look_again_at")
            .values_list("pk", flat=True)[:limit]
        )
        ids = list(due)
        Launch.objects.filter(pk__in=ids).update(look_again_at=Now() + LEASE)
    return ids


def advance(*launch_ids: UUID) -> None:
    """Bring launches further. Safe to run twice, by two workers, or after a crash at any line.

    One that fails unexpectedly does not stop the others. Raises an ExceptionGroup of such failures.
    """
    failures, sights = [], dict[UUID, Sight]()
    for launch in load(launch_ids):
        sight = sights.setdefault(launch.cluster_id, Sight(launch.cluster))
        try:
            advance_one(launch, sight)
        except Exception as error:
            log.exception("launch_broke", launch=str(launch.pk))
            failures.append(error)
    if failures:
        raise ExceptionGroup("launches that could not be advanced", failures)


def advance_one(launch: Launch, sight: Sight) -> None:
    """Take steps until one waits or a race is lost; the claim's lease keeps other workers off meanwhile."""
    for _ in range(STEPS_IN_A_ROW):
        if launch.finished_at is not None:
            return
        with structlog.contextvars.bound_contextvars(launch=str(launch.pk), state=launch.state):
            outcome = take_step(launch, sight)
            if not store(launch, outcome) or isinstance(outcome, Stay):
                return


def load(launch_ids: Iterable[UUID]) -> list[Launch]:
    """Launches with everything that their steps read. One query."""
    related = ("cluster__account", "cluster__policy", "instance", "pool")
    return list(Launch.objects.open().select_related(*related).filter(pk__in=launch_ids))


def take_step(launch: Launch, sight: Sight) -> LaunchOutcome:
    """What the step of the present state says, with the named troubles of clouds and clusters as outcomes."""
    try:
        return STEPS[LaunchState(launch.state)](launch, sight, timezone.now())
    except Unavailable as trouble:
        log.warning("launch_waits", why=trouble.sentence)
        return Stay(RETRY, trouble.sentence)
    except Problem as refusal:
        log.error("launch_refused", why=refusal.sentence)
        return refused(launch, refusal.sentence)


def refused(launch: Launch, why: str) -> Enter:
    """It has failed; where only binding was refused, the scheduler places the pods once the node is Ready."""
    learned = {"error": why[:400]}
    if launch.state == LaunchState.BINDING:
        return Enter(LaunchState.JOINING, why, learned | {"binds": False})
    return Enter(LaunchState.FAILED, why, learned)


def store(launch: Launch, outcome: LaunchOutcome) -> bool:
    """Record an outcome and all that follows from it in one transaction; False where a race was lost."""
    before = launch.detail
    with transaction.atomic():
        won = launch.record(outcome, now=timezone.now())
        if won:
            if launch.finished_at is not None:
                finishing.finish(launch)
            announcing.stepped(launch, outcome, before=before)
    log.info(
        "launch_stepped" if won else "launch_raced", outcome=type(outcome).__name__, detail=outcome.detail
    )
    return won
