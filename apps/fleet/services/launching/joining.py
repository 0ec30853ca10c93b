"""joining: EC2 boots the instance, and it becomes a Ready node of the cluster."""

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
    """On once the node is Ready; failed at the policy's limit, and the orphan sweep ends the instance."""
    instance = launch.instance
    assert instance is not None  # noqa: S101  the step before stored it
    if instance.state == InstanceState.PENDING and now - instance.seen_at > STALE:
        refresh_instances(launch.cluster.account, launch.cluster.region, [instance.ec2_id])
        instance.refresh_from_db()
    if instance.state == InstanceState.TERMINATED or instance.interruption_at:
        return again(launch, f"{instance.ec2_id} was taken before it was of use")
    if instance.state == InstanceState.PENDING:
        waits_for = f"{instance.ec2_id} is booting"
    else:
        node = node_of(instance, sight.kube, () if instance.node_name else sight.nodes)
        if node is not None and node.ready:
            return ready(launch, node.name)
        waits_for = (
            f"{instance.ec2_id} is running and has not joined yet"
            if node is None
            else f"{node.name} has joined and is not Ready yet"
        )
    return Stay(BOOT_POLL, waits_for) if in_time(launch, instance, now) else late(launch, instance)


def ready(launch: Launch, node: str) -> Enter:
    """The node can take pods: ours are bound where the policy says so, else the scheduler places them."""
    if not launch.pods:
        return Enter(LaunchState.READY, f"{node} is Ready")
    if launch.binds:
        return Enter(LaunchState.BINDING, f"{node} is Ready; binding its {named(launch)}")
    return Enter(LaunchState.READY, f"{node} is Ready; the scheduler places {named(launch)}")


def in_time(launch: Launch, instance: Instance, now: datetime) -> bool:
    limit = timedelta(seconds=launch.cluster.policy.join_limit_seconds)
    return now - instance.launched_at <= limit


def late(launch: Launch, instance: Instance) -> Enter:
    minutes = launch.cluster.policy.join_limit_seconds // 60
    why = f"{instance.ec2_id} did not become a Ready node within {minutes} minutes"
    return Enter(LaunchState.FAILED, why, {"error": why})
