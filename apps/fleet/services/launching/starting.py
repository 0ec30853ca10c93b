"""planned: look at the moment of acting whether the node is still wanted, allowed and to be paid for."""

from datetime import datetime, timedelta

from apps.fleet.models import Cluster, Enter, Launch, LaunchOutcome, Pool, Stay
from apps.fleet.services.purchases import for_one_request, pools_in_order
from apps.fleet.statuses import LaunchState, Mode, Placement

from .looking import Sight
from .spending import within_cap

HOLD_POLL = timedelta(seconds=10)
# Prices have moved on by then: its pods are planned anew.
PLAN_HOLDS = timedelta(minutes=15)


def start(launch: Launch, sight: Sight, now: datetime) -> LaunchOutcome:
    """On to launch in the plan's own pool, or in all others that hold the same pods where it has no room."""
    if why_not := called_off(launch.cluster):
        return Enter(LaunchState.CANCELLED, why_not)
    if launch.pods and not sight.still_waiting(launch):
        return Enter(LaunchState.CANCELLED, f"Not bought: none of its {named(launch)} waits any more")
    if now - launch.created_at > PLAN_HOLDS:
        why = f"Its plan is older than {PLAN_HOLDS.seconds // 60} minutes. {launch.detail}"
        return Enter(LaunchState.FAILED, why, {"error": why[:400]})
    policy = launch.cluster.policy
    if policy.is_paused(now):
        return Stay(HOLD_POLL, f"Waiting: the cluster is paused: {policy.paused_reason or 'no reason given'}")
    pools = choose(launch, now)
    if not pools:
        why = f"No capacity in any of {len(launch.candidates)} pools"
        return Enter(LaunchState.FAILED, why, {"error": why})
    asked, too_dear = within_cap(launch, pools)
    if too_dear:
        return Stay(HOLD_POLL, too_dear)
    return Enter(LaunchState.LAUNCHING, f"Asking for {where(asked)}", {"asked": [pool.pk for pool in asked]})


def called_off(cluster: Cluster) -> str:
    """Why nothing is bought for the cluster any more, or an empty string."""
    policy = cluster.policy
    if cluster.left_at is not None:
        return "The cluster was given back"
    if policy.mode != Mode.ACTIVE:
        return f"The cluster is in {Mode(policy.mode).label.lower()} mode, so nothing is bought"
    if policy.placement == Placement.OFF:
        return "Placement was turned off"
    if policy.placement == Placement.AUTO and cluster.autoscaler:
        return f"{cluster.autoscaler} buys this cluster's nodes"
    return ""


def choose(launch: Launch, now: datetime) -> list[Pool]:
    """What to ask for next: the plan's own pool while it is not set aside, after that all others at once."""
    pools = pools_in_order(launch.candidates)
    free = [pool for pool in pools if pool.set_aside_until is None or pool.set_aside_until <= now]
    if free and free[0].pk == launch.candidates[0]:
        return free[:1]
    return for_one_request(free)


def named(launch: Launch) -> str:
    """How many pods it is for: `12 pods`."""
    count = len(launch.pods)
    return f"{count} pod{'' if count == 1 else 's'}"


def where(pools: list[Pool]) -> str:
    """What is asked for, in a few words."""
    if len(pools) == 1:
        return f"{pools[0].instance_type_id} in {pools[0].zone}"
    return f"a node in one of {len(pools)} pools, {pools[0].instance_type_id} in {pools[0].zone} among them"
