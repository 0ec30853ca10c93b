"""One item a step further.

No row lock is held while a step waits for AWS or Kubernetes: every step is idempotent, and what it said is
stored by compare-and-set, so neither a crash at any line nor a second worker does anything twice.
"""

from datetime import timedelta

import structlog
from django.utils import timezone

from apps.fleet.models import Ended, ItemOutcome, OperationItem, Wait
from apps.fleet.statuses import ItemState
from atharva.api.problems import Problem, Unavailable

from . import announcing
from .claiming import claim_due
from .closing import close_if_done
from .registry import works

log = structlog.get_logger(__name__)

AT_ONCE = 8
# A worker gives the next item its turn after so many steps of one.
STEPS_IN_A_ROW = 4
SHORTEST_RETRY, LONGEST_RETRY = timedelta(seconds=2), timedelta(seconds=30)
# A step that broke so often in a row would break the next time as well.
MOST_BREAKS = 5
STOPPED = "Cancelled before it was begun"
BROKE = "Something unexpected went wrong, {breaks} of at most {most} times; the platform's log says what."


def advance_due(limit: int = AT_ONCE) -> int:
    """Claim up to `limit` items that are due and advance them; how many there were.

    One that breaks does not stop the others. Raises an ExceptionGroup of what broke.
    """
    broke = []
    ids = claim_due(limit)
    for item in OperationItem.objects.select_related("operation").filter(pk__in=ids).order_by("position"):
        try:
            advance_item(item)
        except Exception as error:
            log.exception("item_broke", item=item.pk, operation=str(item.operation_id))
            broke.append(error)
    if broke:
        raise ExceptionGroup("items whose step broke", broke)
    return len(ids)


def advance_item(item: OperationItem) -> None:
    """Take steps until one waits, the item ends, or another worker was faster.

    Raises what a step broke with, after it is stored when to try again, or that it was tried often enough.
    """
    for _ in range(STEPS_IN_A_ROW):
        if item.finished_at is not None:
            return
        with structlog.contextvars.bound_contextvars(operation=str(item.operation_id), item=item.pk):
            try:
                outcome = _take_step(item)
            except Exception:
                _store(item, _after_break(item), breaks=item.breaks + 1)
                raise
            if not _store(item, outcome) or isinstance(outcome, Wait):
                return


def _take_step(item: OperationItem) -> ItemOutcome:
    """What the step says, with the named troubles of clouds and clusters as outcomes."""
    work, now = works[item.operation.kind], timezone.now()
    if item.operation.cancelled_at is not None and item.step in work.safe_points:
        return Ended(ItemState.CANCELLED, STOPPED)
    try:
        return work.advance(item, now)
    except Unavailable as trouble:
        log.warning("item_waits", why=trouble.sentence)
        if item.operation.cancelled_at is not None:
            # Nobody waits for it any more.
            return Ended(ItemState.FAILED, trouble.sentence)
        lasted = now - (item.entered_at or now)
        return Wait(min(max(lasted / 2, SHORTEST_RETRY), LONGEST_RETRY), trouble.sentence)
    except Problem as refusal:
        log.error("item_refused", why=refusal.sentence)
        return Ended(ItemState.FAILED, refusal.sentence)


def _after_break(item: OperationItem) -> ItemOutcome:
    breaks = item.breaks + 1
    why = BROKE.format(breaks=breaks, most=MOST_BREAKS)
    if breaks >= MOST_BREAKS:
        return Ended(ItemState.FAILED, why)
    return Wait(SHORTEST_RETRY * 2**item.breaks, why)


def _store(item: OperationItem, outcome: ItemOutcome, *, breaks: int = 0) -> bool:
    """Record an outcome, and the end of the operation where it was the last; False where a race was lost."""
    before = item.detail
    won = item.record(outcome, now=timezone.now(), breaks=breaks)
    log.info("item_stepped" if won else "item_raced", step=item.step, detail=outcome.detail)
    if won and isinstance(outcome, Ended):
        close_if_done(item.operation_id)
    if won and outcome.detail != before:
        announcing.progressed(item.operation_id)
    return won
