"""An operation ends when its last item has; how it ended follows from how they did."""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts.services import audit
from apps.fleet.models import Operation, OperationItem
from apps.fleet.selectors.operations import Progress, progress
from apps.fleet.statuses import ItemState, OperationStatus

from . import announcing
from .registry import works

OPEN = (ItemState.WAITING, ItemState.RUNNING)


def close_if_done(operation_id: UUID) -> None:
    """End an operation of which no item is open. Safe to call twice, and by two workers."""
    if OperationItem.objects.filter(operation=operation_id, state__in=OPEN).exists():
        return
    with transaction.atomic():
        # Whoever adds items holds this lock too, so none can come between the look and the end.
        rows = Operation.objects.select_for_update(no_key=True, of=("self",)).select_related("client")
        operation = rows.filter(pk=operation_id, finished_at=None).first()
        if operation is None or operation.items.filter(state__in=OPEN).exists():
            return
        _close(operation)


def close_finished() -> None:
    """End operations whose worker died between an item's end and theirs, and those that had no items."""
    open_items = OperationItem.objects.filter(operation=OuterRef("pk"), state__in=OPEN)
    for pk in Operation.objects.filter(~Exists(open_items), finished_at=None).values_list("pk", flat=True):
        close_if_done(pk)


def _close(operation: Operation) -> None:
    counts = progress([operation])[operation.pk]
    operation.status = status_after(counts)
    operation.result = works[operation.kind].finish(operation)
    operation.started_at = operation.started_at or timezone.now()
    operation.finished_at = timezone.now()
    operation.save(update_fields=["status", "result", "started_at", "finished_at"])
    audit.record(
        "operation_ended",
        target=operation,
        by=None,
        client=operation.client,
        after={"status": operation.status, "done": counts.done, "failed": counts.failed},
    )
    announcing.ended(operation.pk)


def status_after(counts: Progress) -> OperationStatus:
    """How an operation has ended whose items ended so."""
    if counts.cancelled:
        return OperationStatus.CANCELLED
    if counts.failed:
        all_failed = counts.failed == counts.total
        return OperationStatus.FAILED if all_failed else OperationStatus.PARTIALLY_FAILED
    return OperationStatus.SUCCEEDED
