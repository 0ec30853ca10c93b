"""rolling_back: the old node takes pods again; the replacement is drained as gently, then terminated."""

from datetime import datetime, timedelta

from apps.fleet.cloud import cloud_of
from apps.fleet.errors import NodeMissing
from apps.fleet.kube import Kube, kube_of
from apps.fleet.kube.port import DISRUPTION_TAINT, EXCLUDE_FROM_LOAD_BALANCERS, Taint
from apps.fleet.models import Go, Instance, LookAgain, Outcome, Switch
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.statuses import DisruptionKind, InstanceState, SwitchState

from . import completing, drains

END_POLL = timedelta(seconds=5)


def roll_back(switch: Switch, now: datetime) -> Outcome:
    """Reopen the old node, then empty and end the replacement; rolled back once both are seen."""
    kube = kube_of(switch.cluster)
    reopen(kube, switch.old_instance.node_name)
    new = switch.new_instance
    if new is None or new.state == InstanceState.TERMINATED:
        return Go(SwitchState.ROLLED_BACK, switch.error or "Rolled back; the old node stays")
    if new.node_name and (waiting := drain_replacement(switch, kube, new, now)):
        return waiting
    completing.end(cloud_of(switch.cluster), new)
    refresh_instances(switch.cluster.account, switch.cluster.region, [new.ec2_id])
    return LookAgain(END_POLL, f"The old node stays; terminating {new.ec2_id}")


def reopen(kube: Kube, node: str) -> None:
    """Undo what emptying did to the old node; a node that is gone needs nothing."""
    try:
        kube.untaint(node, DISRUPTION_TAINT)
        kube.label(node, EXCLUDE_FROM_LOAD_BALANCERS, None)
    except NodeMissing:
        return


def drain_replacement(switch: Switch, kube: Kube, new: Instance, now: datetime) -> Outcome | None:
    """One pass over the replacement's pods; None once it is empty, a person's turn after the limit."""
    try:
        kube.taint(new.node_name, Taint(DISRUPTION_TAINT, "", "NoSchedule"))
        plan = drains.plan_of(
            kube, new.node_name, switch.cluster.policy, kind=DisruptionKind(switch.kind), now=now
        )
    except NodeMissing:
        return None
    spread = timedelta(seconds=switch.cluster.policy.eviction_spread_seconds)
    done = drains.one_pass(plan, kube, switch.drain.get("returning", {}), spread=spread, now=now)
    if plan.is_empty:
        return None
    learned = {"drain": {**switch.drain, "returning": done.state.dump()}, "blocked_by": done.in_the_way[:300]}
    if now - switch.entered_at > timedelta(seconds=switch.cluster.policy.drain_limit_seconds):
        why = f"{new.ec2_id} is kept, its pods cannot leave. {done.in_the_way}"
        return Go(SwitchState.FAILED, why, {**learned, "error": why[:400]})
    return LookAgain(done.look_after(now), f"Rolling back. {done.detail}", learned)
