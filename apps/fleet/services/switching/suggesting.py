"""A switch comes to be, is refused beforehand, or is told to hurry."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.fleet.errors import AlreadyMoving, GroupAtMinimum, SwitchRefused
from apps.fleet.models import Cluster, Instance, Launch, NodeGroup, Pool, Switch, SwitchStep
from apps.fleet.services.pools import pool_of
from apps.fleet.statuses import DisruptionKind, InstanceState, ManagedBy, SwitchState

from . import announcing


def suggest_switch(
    *,
    instance: Instance,
    kind: DisruptionKind,
    candidates: Sequence[Pool],
    reason: str,
    saving_hourly_usd: Decimal,
    deadline_at: datetime | None = None,
) -> Switch:
    """Open a switch of `instance` to the first of `candidates` that has room; the sweep takes it from there.

    A consolidation without candidates is a removal: the node goes where its pods fit on the others.

    Raises AlreadyMoving where the instance takes part in an open switch, GroupAtMinimum where its Auto
    Scaling group could not give it up, SwitchRefused where it is not a node that may be moved.
    """
    cluster = check_movable(instance, kind=kind)
    if not candidates and kind.is_voluntary and kind is not DisruptionKind.CONSOLIDATION:
        raise SwitchRefused(instance=instance.ec2_id, why="no pool was offered to move it to")
    now = timezone.now()
    try:
        with transaction.atomic():
            switch = Switch.objects.create(
                cluster=cluster,
                kind=kind,
                reason=reason[:400],
                detail=reason[:400],
                old_instance=instance,
                from_pool=known_pool_of(instance),
                to_pool=candidates[0] if candidates else None,
                candidates=[pool.pk for pool in candidates],
                saving_promised_hourly_usd=saving_hourly_usd,
                deadline_at=deadline_at,
                created_at=now,
                entered_at=now,
                look_again_at=now,
            )
            SwitchStep.objects.create(
                switch=switch, state=SwitchState.SUGGESTED, entered_at=now, detail=reason[:400]
            )
    except IntegrityError as error:
        raise AlreadyMoving(
            instance=instance.ec2_id, switch=open_switch_of(instance) or "that just began"
        ) from error
    announcing.suggested(switch)
    return switch


def check_movable(instance: Instance, *, kind: DisruptionKind) -> Cluster:
    """The cluster of an instance that may begin a switch of `kind`; raises the reason where it may not."""
    cluster = instance.cluster
    if cluster is None:
        raise SwitchRefused(instance=instance.ec2_id, why="it belongs to no cluster")
    if instance.state != InstanceState.RUNNING:
        raise SwitchRefused(instance=instance.ec2_id, why=f"it is {instance.state}, not running")
    if not instance.node_name:
        raise SwitchRefused(instance=instance.ec2_id, why="it has not joined its cluster as a node")
    if instance.managed_by == ManagedBy.KARPENTER:
        raise SwitchRefused(
            instance=instance.ec2_id, why="Karpenter manages it; it is watched, never touched"
        )
    if Launch.objects.open().filter(instance=instance).exists():
        raise SwitchRefused(instance=instance.ec2_id, why="it is still being bought for pods that wait")
    if switch := open_switch_of(instance):
        raise AlreadyMoving(instance=instance.ec2_id, switch=switch)
    if instance.group is not None and kind.is_voluntary:
        check_group_can_give(instance.group)
    return cluster


def check_group_can_give(group: NodeGroup) -> None:
    """Raise GroupAtMinimum where one member less, beside those already leaving, is below the minimum."""
    leaving = Switch.objects.filter(old_instance__group=group, finished_at=None).count()
    if group.desired - leaving <= group.min_size:
        raise GroupAtMinimum(group=group.name, minimum=group.min_size)


def open_switch_of(instance: Instance) -> Switch | None:
    """The open switch in which an instance leaves or arrives."""
    return (
        Switch.objects.filter(Q(old_instance=instance) | Q(new_instance=instance), finished_at=None)
        .order_by("created_at")
        .first()
    )


def known_pool_of(instance: Instance) -> Pool:
    """The pool that an instance runs in. Raises SwitchRefused where the market was never scraped."""
    pool = pool_of(instance)
    if pool is None:
        raise SwitchRefused(instance=instance.ec2_id, why="the market of its region was not scraped yet")
    return pool


def hasten_switch(switch: Switch, deadline_at: datetime) -> bool:
    """Turn an open switch into the answer to an interruption; False where it has ended meanwhile."""
    changed = (
        Switch.objects.filter(pk=switch.pk, finished_at=None)
        .exclude(state=SwitchState.COMPLETE)
        .update(
            kind=DisruptionKind.INTERRUPTION,
            deadline_at=deadline_at,
            look_again_at=timezone.now(),
            revision=F("revision") + 1,
        )
    )
    return bool(changed)
