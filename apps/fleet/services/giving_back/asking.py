"""A person asks for it: moving stops at once, the rest is an operation."""

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.fleet.errors import ClusterLeaving, ClusterLeft
from apps.fleet.models import Cluster, Operation, Policy
from apps.fleet.services.operations import NewItem, start_operation
from apps.fleet.statuses import Mode, OperationKind

from .steps import MOVES_UNDER_WAY, Step


@transaction.atomic
def give_back(cluster: Cluster, *, by: User, key: str = "") -> Operation:
    """Begin to give a cluster back; from now on nothing of it is moved any more.

    Raises ClusterLeft, and Conflict while it is being given back already.
    """
    if cluster.left_at is not None:
        raise ClusterLeft(cluster=cluster.name)
    operation = start_operation(
        OperationKind.GIVE_BACK,
        title=f"Give {cluster.name} back",
        client=cluster.client,
        cluster=cluster,
        items=[NewItem("Wait for the moves under way", group=MOVES_UNDER_WAY, step=Step.MOVES)],
        by=by,
        key=key,
    )
    _stop_moving(cluster, by)
    return operation


def refuse_while_leaving(cluster: Cluster) -> None:
    """Raise ClusterLeaving while a cluster is being given back, ClusterLeft once it was."""
    if cluster.left_at is not None:
        raise ClusterLeft(cluster=cluster.name)
    if cluster.operations.filter(kind=OperationKind.GIVE_BACK, finished_at=None).exists():
        raise ClusterLeaving(cluster=cluster.name)


def _stop_moving(cluster: Cluster, by: User) -> None:
    policy = Policy.objects.select_for_update().filter(cluster=cluster).exclude(mode=Mode.OBSERVE).first()
    if policy is None:
        return
    before, policy.mode = policy.mode, Mode.OBSERVE
    policy.save(update_fields=["mode"])
    audit.record(
        "policy_changed",
        target=cluster,
        by=by,
        client=cluster.client,
        before={"mode": before},
        after={"mode": Mode.OBSERVE},
    )
