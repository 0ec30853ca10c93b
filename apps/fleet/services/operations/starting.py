"""A person asks for batch work; while it runs it may find that there is more to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import Client, User
from apps.accounts.services import audit
from apps.fleet.errors import KeyUsedOtherwise, OperationEnded, OperationUnderWay
from apps.fleet.models import Cluster, Operation, OperationItem

from . import announcing

BATCH = 1000


@dataclass(frozen=True, slots=True)
class NewItem:
    """One target of an operation, the group whose bar it counts for, and the step that it begins with."""

    name: str
    target: str = ""
    group: str = ""
    step: str = ""
    memory: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def start_operation(
    kind: str,
    *,
    title: str,
    client: Client | None,
    cluster: Cluster | None,
    items: Sequence[NewItem],
    by: User | None,
    key: str = "",
) -> Operation:
    """An operation whose items are begun in their order, within seconds.

    The same `key` from the same person gives the same operation back. Raises KeyUsedOtherwise, and
    OperationUnderWay where only one of its kind may run.
    """
    asked = Operation(
        kind=kind, title=title, client=client, cluster=cluster, requested_by=by, idempotency_key=key
    )
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
    except IntegrityError:
        return _before(asked)
    _append(asked, items, first=0)
    audit.record(
        "operation_started", target=asked, by=by, client=client, after={"kind": kind, "items": len(items)}
    )
    announcing.progressed(asked.pk)
    return asked


@transaction.atomic
def add_items(operation: Operation, items: Iterable[NewItem]) -> int:
    """Add targets to an operation that runs; how many there were. A target that it has already is left out.

    Of a cancelled operation nothing more is begun, so nothing is added. Raises OperationEnded.
    """
    row = Operation.objects.select_for_update(no_key=True).get(pk=operation.pk)
    if row.finished_at is not None:
        raise OperationEnded(operation=row.title)
    if row.cancelled_at is not None:
        return 0
    known = set(row.items.values_list("target", flat=True))
    new = [item for item in items if not item.target or item.target not in known]
    last = row.items.aggregate(last=Max("position"))["last"]
    _append(row, new, first=0 if last is None else last + 1)
    announcing.progressed(row.pk)
    return len(new)


def _append(operation: Operation, items: Sequence[NewItem], *, first: int) -> None:
    now = timezone.now()
    rows = [
        OperationItem(
            operation=operation,
            position=position,
            name=item.name[:200],
            target=item.target,
            group=item.group,
            step=item.step,
            memory=item.memory,
            look_again_at=now,
        )
        for position, item in enumerate(items, start=first)
    ]
    OperationItem.objects.bulk_create(rows, batch_size=BATCH)


def _before(asked: Operation) -> Operation:
    """The operation that stands in the way of a new one, where it is the very same."""
    by, key = asked.requested_by, asked.idempotency_key
    same = Operation.objects.filter(requested_by=by, idempotency_key=key).first() if key else None
    if same is None:
        raise under_way(asked)
    if (same.kind, same.client_id, same.cluster_id) != (asked.kind, asked.client_id, asked.cluster_id):
        raise KeyUsedOtherwise(key=key, operation=same.title)
    return same


def under_way(asked: Operation) -> OperationUnderWay:
    """The refusal that names the operation of the same kind which runs on the cluster."""
    running = Operation.objects.filter(kind=asked.kind, cluster=asked.cluster, finished_at=None).first()
    return OperationUnderWay(
        operation=running.title if running else asked.title, id=running.pk if running else ""
    )
