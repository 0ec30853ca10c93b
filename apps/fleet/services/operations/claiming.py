"""Which items are due, and whose they are for the next minute."""

from datetime import timedelta

from django.db import transaction
from django.db.models import BooleanField, Case, F, IntegerField, QuerySet, Value, When, Window
from django.db.models.functions import Coalesce, Now, RowNumber

from apps.fleet.models import Operation, OperationItem
from apps.fleet.statuses import ItemState, OperationStatus

from . import announcing
from .registry import works

# An item whose worker died is due again after this long.
LEASE = timedelta(seconds=60)


def due() -> int:
    """How many items a worker could take up now."""
    return _due().count()


def claim_due(limit: int) -> list[int]:
    """Up to `limit` items that are due, the longest waiting first, leased to the caller."""
    with transaction.atomic():
        rows = _due().select_for_update(skip_locked=True, of=("self",)).order_by("look_again_at", "position")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        OperationItem.objects.filter(pk__in=ids).update(
            state=ItemState.RUNNING,
            entered_at=Coalesce("entered_at", Now()),
            look_again_at=Now() + LEASE,
        )
    # Not in the same transaction: who cancels locks the operation first, then its items.
    _begin(ids)
    return ids


def _due() -> QuerySet[OperationItem]:
    return OperationItem.objects.filter(pk__in=_may_run(), finished_at=None, look_again_at__lte=Now())


def _may_run() -> QuerySet[OperationItem, int]:
    """Of each operation as many open items as its kind allows: those under way first, then by order."""
    parallel = Case(
        *(When(operation__kind=kind, then=Value(work.parallel)) for kind, work in works.items()),
        default=Value(1),
        output_field=IntegerField(),
    )
    waits = Case(
        When(state=ItemState.WAITING, then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    place = Window(RowNumber(), partition_by="operation_id", order_by=[waits, F("position")])
    ranked = OperationItem.objects.filter(finished_at=None).annotate(place=place, parallel=parallel)
    return ranked.filter(place__lte=F("parallel")).values_list("pk", flat=True)


def _begin(item_ids: list[int]) -> None:
    claimed = OperationItem.objects.filter(pk__in=item_ids).values("operation")
    queued = Operation.objects.filter(pk__in=claimed, status=OperationStatus.QUEUED)
    for operation_id in list(queued.values_list("pk", flat=True)):
        queued.filter(pk=operation_id).update(
            status=OperationStatus.RUNNING, started_at=Coalesce("started_at", Now())
        )
        announcing.progressed(operation_id)
