"""What pages and scripts hear of an operation: its counters, at most four times a second."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from apps.fleet.models import Operation
from apps.fleet.selectors.operations import progress
from atharva.live import pacing, publish, publish_to_client, streams

# Three a second, so that the end, which does not wait, is the fourth at most.
EVERY = timedelta(milliseconds=340)
TYPE = "operation_progress"


def progressed(operation_id: UUID) -> None:
    """Tell of it once the transaction stands, or within seconds where it was told of a moment ago."""
    transaction.on_commit(partial(_tell_in_turn, operation_id))


def ended(operation_id: UUID) -> None:
    """Tell of the end once the transaction stands."""
    transaction.on_commit(partial(_tell, operation_id))


def tell_owed() -> None:
    """Tell of what changed since it was last told of."""
    for operation_id in pacing.take_owed(TYPE):
        _tell_in_turn(UUID(operation_id))


def _tell_in_turn(operation_id: UUID) -> None:
    if pacing.is_its_turn(TYPE, str(operation_id), every=EVERY):
        _tell(operation_id)


def _tell(operation_id: UUID) -> None:
    operation = Operation.objects.filter(pk=operation_id).first()
    if operation is None:
        return
    body = {
        "operation_id": str(operation.pk),
        "kind": operation.kind,
        "cluster_id": str(operation.cluster_id) if operation.cluster_id else None,
        "status": operation.status,
        **progress([operation])[operation.pk].counters(),
    }
    publish(streams.of_operation(operation.pk), TYPE, **body)
    if operation.client_id is None:
        publish(streams.ADMIN, TYPE, **body)
    else:
        publish_to_client(operation.client_id, TYPE, **body)
