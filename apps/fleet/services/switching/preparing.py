"""preparing: launch the replacement and wait until it can take pods."""

from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from apps.fleet.belonging import SWITCH_TAG
from apps.fleet.cloud import cloud_of
from apps.fleet.errors import InsufficientCapacity
from apps.fleet.kube import Kube, kube_of
from apps.fleet.kube.port import SeenNode
from apps.fleet.models import Go, Instance, LookAgain, Outcome, Pool, Switch
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.services.purchases import (
    for_one_request,
    node_of,
    pools_in_order,
    remember,
    set_aside,
    taken_among,
)
from apps.fleet.services.templates import launch_request
from apps.fleet.statuses import DisruptionKind, InstanceState, SwitchState

log = structlog.get_logger(__name__)

# The watcher and EC2's events wake the switch at once; polling is the safety net.
BOOT_POLL = timedelta(seconds=5)
NEXT_CANDIDATE = timedelta(seconds=1)
NO_CAPACITY_POLL = timedelta(seconds=15)
# Without its row told so, the instance itself is asked after this long.
STALE = timedelta(seconds=8)
# How long a Ready node may lack a DaemonSet's pod that the old node had.
DAEMONS_GRACE = timedelta(seconds=60)
# On an interruption the drain begins this long before AWS's deadline, Ready or not.
LAST_CALL = timedelta(seconds=75)


def prepare(switch: Switch, now: datetime) -> Outcome:
    """Launch once, then wait for running, joined, Ready and its DaemonSets."""
    new = switch.new_instance
    if new is None and not (is_last_call(switch, now) and not switch.asked):
        return launch(switch, now)
    if new is None or is_last_call(switch, now):
        return Go(SwitchState.SWITCHING, "AWS takes the node soon: draining without waiting any longer")
    if new.state != InstanceState.RUNNING and now - new.seen_at > STALE:
        refresh_instances(switch.cluster.account, switch.cluster.region, [new.ec2_id])
        new.refresh_from_db()
    if new.state == InstanceState.TERMINATED or new.interruption_at:
        return ask_again(switch, now, f"{new.ec2_id} was taken before it was of use")
    if now - new.launched_at > timedelta(seconds=switch.cluster.policy.join_limit_seconds):
        minutes = switch.cluster.policy.join_limit_seconds // 60
        why = f"{new.ec2_id} did not become a Ready node within {minutes} minutes"
        return Go(SwitchState.ROLLING_BACK, why, {"error": why})
    if new.state != InstanceState.RUNNING:
        return LookAgain(BOOT_POLL, f"{new.ec2_id} is booting")
    return wait_for_node(switch, new, kube_of(switch.cluster), now)


def is_last_call(switch: Switch, now: datetime) -> bool:
    """Whether so little is left of AWS's two minutes that the drain must begin."""
    return switch.deadline_at is not None and now > switch.deadline_at - LAST_CALL


def wait_for_node(switch: Switch, new: Instance, kube: Kube, now: datetime) -> Outcome:
    """What is still missing before the node can take pods, or the next state."""
    node = node_of(new, kube, () if new.node_name else kube.nodes()[0])
    if node is None:
        return LookAgain(BOOT_POLL, f"{new.ec2_id} is running and has not joined yet")
    if not node.ready:
        return LookAgain(BOOT_POLL, f"{node.name} has joined and is not Ready yet")
    missing = daemons_missing(switch, kube, node, now)
    if missing:
        return LookAgain(BOOT_POLL, f"{node.name} is Ready; waiting for {missing}")
    saving = saving_now(switch, switch.to_pool)
    if switch.kind == DisruptionKind.COST and not saves_enough(switch, switch.to_pool):
        why = (
            f"The saving fell to ${saving:.4f}/h, below half of the "
            f"${switch.saving_promised_hourly_usd:.4f}/h promised"
        )
        return Go(SwitchState.ROLLING_BACK, why, {"error": why})
    return Go(SwitchState.SWITCHING, f"{node.name} is Ready", {"saving_hourly_usd": saving})


def launch(switch: Switch, now: datetime) -> Outcome:
    """Ask for one instance of the pools stored in `asked`; the token makes asking twice launch once."""
    pools = pools_in_order(switch.asked)
    if not pools:
        return no_candidate_left(switch, now)
    architecture = pools[0].instance_type.architecture
    tags = {SWITCH_TAG: str(switch.pk)}
    request = launch_request(switch.cluster, architecture, pools, tags)
    try:
        launched = cloud_of(switch.cluster).launch(request, token=f"{switch.pk}-{switch.attempt}")
    except InsufficientCapacity as error:
        set_aside({(pool.instance_type_id, pool.zone) for pool in pools}, pools, sender=Switch)
        return ask_again(switch, now, error.sentence)
    set_aside(launched.without_capacity, pools, sender=Switch)
    return LookAgain(
        BOOT_POLL,
        f"Launched {launched.id}, {launched.instance_type} in {launched.zone}",
        {
            "new_instance": remember(launched, switch.cluster, tags),
            "to_pool": taken_among(pools, launched),
        },
    )


def choose(switch: Switch, now: datetime) -> list[int]:
    """The candidates to ask for next: all spot pools that are not set aside, on-demand when none is left.

    One request holds one lifecycle and one architecture; AWS may launch in any of its pools, so a move for
    `cost` leaves out those that would be rolled back for saving too little.
    """
    pools = pools_in_order(switch.candidates)
    pools = [pool for pool in pools if pool.set_aside_until is None or pool.set_aside_until <= now]
    if switch.kind == DisruptionKind.COST:
        pools = [pool for pool in pools if saves_enough(switch, pool)]
    return [pool.pk for pool in for_one_request(pools)]


def no_candidate_left(switch: Switch, now: datetime) -> Outcome:
    """A voluntary move is off; an interrupted node's replacement is asked for again until the deadline."""
    if DisruptionKind(switch.kind).is_voluntary:
        why = f"No capacity in any of {len(switch.candidates)} pools"
        return Go(SwitchState.ROLLING_BACK, why, {"error": why})
    asked = choose(switch, now)
    return LookAgain(NO_CAPACITY_POLL, "No capacity in any pool; asking again", {"asked": asked})


def ask_again(switch: Switch, now: datetime, why: str) -> LookAgain:
    """The next launch, with a token of its own; an instance left behind is ended by the orphan sweep."""
    log.warning("launch_again", why=why, attempt=switch.attempt + 1)
    asked = choose(switch, now)
    return LookAgain(
        NEXT_CANDIDATE, why, {"new_instance": None, "attempt": switch.attempt + 1, "asked": asked}
    )


def daemons_missing(switch: Switch, kube: Kube, node: SeenNode, now: datetime) -> str:
    """The DaemonSets whose pod is not up on the new node, named; empty when all are."""
    here = [pod for pod in kube.pods_on(node.name) if pod.is_daemon]
    unready = sorted(f"{pod.namespace}/{pod.name}" for pod in here if not pod.ready)
    if unready:
        return ", ".join(unready[:3])
    if now - node.created_at > DAEMONS_GRACE:
        return ""
    there = {pod.owner for pod in kube.pods_on(switch.old_instance.node_name) if pod.is_daemon}
    absent = there - {pod.owner for pod in here}
    return ", ".join(sorted(f"{owner.namespace}/{owner.name}" for owner in absent if owner)[:3])


def saving_now(switch: Switch, there: Pool | None) -> Decimal:
    """USD that running in `there` saves per hour, at the prices in force; 0 where a price is unknown."""
    here, price = switch.from_pool.price_hourly_usd, there.price_hourly_usd if there else None
    return Decimal(0) if here is None or price is None else here - price


def saves_enough(switch: Switch, there: Pool | None) -> bool:
    """Whether `there` keeps at least half of the saving that was promised (controls.md)."""
    return saving_now(switch, there) >= switch.saving_promised_hourly_usd / 2
