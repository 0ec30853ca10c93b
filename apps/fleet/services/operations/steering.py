"""A person stops an operation, or has what failed tried again."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.fleet.errors import NothingToRetry, OperationEnded
from apps.fleet.models import Operation
from apps.fleet.statuses import ItemState, OperationStatus

from . import announcing
from .closing import close_if_done
from .starting import under_way


def cancel_operation(operation: Operation, *, by: User) -> Operation:
    """Begin nothing more; items under way go on to where they can be left. Twice is the same as once.

    Raises OperationEnded.
    """
    with transaction.atomic():
        row = _locked(operation)
        if row.finished_at is not None:
            raise OperationEnded(operation=row.title)
        if row.cancelled_at is None:
            _cancel(row, by)
    close_if_done(row.pk)
    row.refresh_from_db()
    return row


def _cancel(row: Operation, by: User) -> None:
    now = timezone.now()
    row.cancelled_at = now
    row.save(update_fields=["cancelled_at"])
    stopped = row.items.filter(state=ItemState.WAITING).update(
        state=ItemState.CANCELLED,
        detail="Cancelled before it was begun",
        finished_at=now,
        look_again_at=None,
        revision=F("revision") + 1,
    )
    # Those under way look at once whether they can be left where they are.
    row.items.filter(state=ItemState.RUNNING, look_again_at__gt=now).update(look_again_at=now)
    audit.record("operation_cancelled", target=row, by=by, client=row.client, after={"never_begun": stopped})
    announcing.progressed(row.pk)


def retry_failed(operation: Operation, *, by: User) -> Operation:
    """Have every failed item go on with the step that failed, as if it had only begun.

    Raises OperationEnded after a cancel, NothingToRetry, and OperationUnderWay where only one may run.
    """
    with transaction.atomic():
        row = _locked(operation)
        if row.cancelled_at is not None:
            raise OperationEnded(operation=row.title)
        if not (again := _wait_again(row)):
            raise NothingToRetry(operation=row.title)
        _reopen(row)
        audit.record("operation_retried", target=row, by=by, client=row.client, after={"items": again})
        announcing.progressed(row.pk)
    return row


def _wait_again(row: Operation) -> int:
    return row.items.filter(state=ItemState.FAILED).update(
        state=ItemState.WAITING,
        detail="To be tried again",
        entered_at=None,
        finished_at=None,
        look_again_at=timezone.now(),
        breaks=0,
        revision=F("revision") + 1,
    )


def _reopen(row: Operation) -> None:
    row.status, row.result, row.finished_at = OperationStatus.RUNNING, None, None
    try:
        with transaction.atomic():
            row.save(update_fields=["status", "result", "finished_at"])
    except IntegrityError:
        raise under_way(row) from None


def _locked(operation: Operation) -> Operation:
    rows = Operation.objects.select_for_update(no_key=True, of=("self",)).select_related("client")
    return rows.get(pk=operation.pk)
