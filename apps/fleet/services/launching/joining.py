"""joining: EC2 boots the instance, and it becomes a node of the cluster."""

from datetime import datetime, timedelta

from apps.fleet.models import Enter, Instance, Launch, LaunchOutcome, Stay
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.services.purchases import node_of
from apps.fleet.statuses import InstanceState, LaunchState

from .buying import again
from .looking import Sight
from .starting import named

# The watcher and EC2's events wake the launch at once; polling is the safety net.
BOOT_POLL = timedelta(seconds=3)
# Without its row told so, the instance itself is asked after this long.
STALE = timedelta(seconds=8)


def join(launch: Launch, sight: Sight, now: datetime) -> LaunchOutcome:
    """On once the node is Ready, to bind pods as soon as it is there.

    Failed at the policy's limit; the orphan sweep ends the instance.
    """
    instance = launch.instance
    assert instance is not None  # noqa: S101  the step before stored it
    if instance.state == InstanceState.PENDING and now - instance.seen_at > STALE:
        refresh_instances(launch.cluster.account, launch.cluster.region, [instance.ec2_id])
        instance.refresh_from_db()
    if instance.state == InstanceState.TERMINATED or instance.interruption_at:
        return again(launch, f"{instance.ec2_id} was taken before it was of use")
    if instance.state == InstanceState.PENDING:
        return wait(launch, instance, f"{instance.ec2_id} is booting", now)
    node = node_of(instance, sight.kube, () if instance.node_name else sight.nodes)
    if node is None:
        return wait(launch, instance, f"{instance.ec2_id} is running and has not joined yet", now)
    if launch.binds and launch.pods:
        return Enter(LaunchState.BINDING, f"{node.name} has joined; binding its {named(launch)}")
    if not node.ready:
        return wait(launch, instance, f"{node.name} has joined and is not Ready yet", now)
    placing = f"; the scheduler places {named(launch)}" if launch.pods else ""
    return Enter(LaunchState.READY, f"{node.name} is Ready{placing}")


def wait(launch: Launch, instance: Instance, waits_for: str, now: datetime) -> LaunchOutcome:
    """Look again soon, up to the policy's limit."""
    limit = launch.cluster.policy.join_limit_seconds
    if now - instance.launched_at <= timedelta(seconds=limit):
        return Stay(BOOT_POLL, waits_for)
    why = f"{instance.ec2_id} did not become a Ready node within {limit // 60} minutes"
    return Enter(LaunchState.FAILED, why, {"error": why})
