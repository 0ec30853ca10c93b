"""Instances that the platform launched and that never became a node, or lost their owner: found and ended.

Bound: 15 minutes to join plus one sweep, so within 20 minutes (controls.md); the ledger has them until then.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.fleet.cloud import cloud_in
from apps.fleet.kube import kube_of
from apps.fleet.models import Instance, Launch, Switch
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.statuses import InstanceState, LaunchState, ManagedBy, SwitchState
from atharva.api.problems import Problem

log = structlog.get_logger(__name__)

JOIN_LIMIT = timedelta(minutes=15)
AT_ONCE = 50


def orphans(now: datetime) -> QuerySet[Instance]:
    """Instances of ours, old enough, that nobody awaits and that are no node, or no one's any more.

    A node is somebody's that a switch put in another's place, or that was bought for pods.
    """
    awaited = Switch.objects.filter(new_instance=OuterRef("pk"), finished_at=None)
    awaited_for_pods = Launch.objects.open().filter(instance=OuterRef("pk"))
    kept = Switch.objects.filter(
        new_instance=OuterRef("pk"), state__in=(SwitchState.COMPLETE, SwitchState.FAILED)
    )
    bought = Launch.objects.filter(instance=OuterRef("pk"), state=LaunchState.READY)
    return (
        Instance.objects.filter(
            ~Q(state=InstanceState.TERMINATED), managed_by=ManagedBy.ATHARVA, launched_at__lt=now - JOIN_LIMIT
        )
        .filter(~Exists(awaited), ~Exists(awaited_for_pods))
        .filter(Q(joined_at=None) | (~Exists(kept) & ~Exists(bought)))
        .select_related("account", "cluster__account")
        .order_by("launched_at")
    )


def sweep_orphans(*, now: datetime | None = None) -> list[str]:
    """End the orphans, each looked at again at the moment of acting; the EC2 ids that were terminated."""
    ended = []
    for instance in orphans(now or timezone.now())[:AT_ONCE]:
        try:
            if end_orphan(instance):
                ended.append(instance.ec2_id)
        except Problem as trouble:
            log.warning("orphan_kept", instance=instance.ec2_id, why=trouble.sentence)
    return ended


def end_orphan(instance: Instance) -> bool:
    """Terminate one orphan; False where it turned out to be a node with work, or gone.

    Raises what the cloud or the cluster raises: an orphan that cannot be looked at is not ended.
    """
    refresh_instances(instance.account, instance.region, [instance.ec2_id])
    instance.refresh_from_db()
    if instance.state == InstanceState.TERMINATED:
        return False
    if instance.cluster is not None and carries_pods(instance):
        log.warning("orphan_carries_pods", instance=instance.ec2_id, node=instance.node_name)
        return False
    cloud_in(instance.account, instance.region).terminate(instance.ec2_id)
    log.info("orphan_ended", instance=instance.ec2_id, launched_at=instance.launched_at.isoformat())
    return True


def carries_pods(instance: Instance) -> bool:
    """Whether the instance is a node after all, with pods on it that are not a DaemonSet's."""
    assert instance.cluster is not None  # noqa: S101  the caller looked
    kube = kube_of(instance.cluster)
    nodes, _ = kube.nodes()
    names = [node.name for node in nodes if node.instance_id == instance.ec2_id]
    return any(
        not (pod.is_daemon or pod.is_mirror or pod.is_finished)
        for name in names
        for pod in kube.pods_on(name)
    )
