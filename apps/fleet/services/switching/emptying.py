"""switching: taint the old node, keep it out of load balancers, evict its pods through the Eviction API."""

from datetime import datetime, timedelta
from typing import Any

from apps.fleet.cloud import cloud_of
from apps.fleet.draining import DrainPlan
from apps.fleet.errors import GroupAtMinimum, NodeMissing
from apps.fleet.kube import Kube, kube_of
from apps.fleet.kube.port import DISRUPTION_TAINT, EXCLUDE_FROM_LOAD_BALANCERS, Taint
from apps.fleet.models import Go, Instance, LookAgain, Outcome, Switch
from apps.fleet.statuses import DisruptionKind, InstanceState, SwitchState

from . import completing, drains

BUDGET_POLL = timedelta(seconds=5)
ATTACHMENTS_POLL = timedelta(seconds=3)
# A member of a group that AWS takes is replaced by its group, unless it leaves the group before that.
LEAVE_GROUP_BEFORE = timedelta(seconds=20)


def empty(switch: Switch, now: datetime) -> Outcome:
    """One pass of the drain; on to verify once no pod that has to leave is left."""
    kube, node = kube_of(switch.cluster), switch.old_instance.node_name
    voluntary = DisruptionKind(switch.kind).is_voluntary
    try:
        plan = drains.plan_of(kube, node, switch.cluster.policy, kind=DisruptionKind(switch.kind), now=now)
        begun = bool(switch.drain.get("leaving"))
        if voluntary and not begun and (hold := must_hold(switch, plan, now)):
            return hold
        if not begun:
            close(kube, node)
            Instance.objects.filter(pk=switch.old_instance_id).update(state=InstanceState.DRAINING)
        spread = timedelta(seconds=switch.cluster.policy.eviction_spread_seconds if voluntary else 0)
        done = drains.one_pass(plan, kube, switch.drain.get("leaving", {}), spread=spread, now=now)
        attached = kube.attachments(node) if plan.is_empty else 0
    except NodeMissing:
        return node_is_gone(switch)
    learned = {
        "drain": {**switch.drain, "leaving": done.state.dump()},
        "owners": switch.owners if begun else owners_of(plan),
        "blocked_by": done.in_the_way[:300],
    }
    if plan.is_empty and not attached:
        return emptied(switch, done, learned)
    if attached:
        return LookAgain(
            ATTACHMENTS_POLL, f"All pods have left; {attached} volumes are still attached", learned
        )
    if voluntary and now - switch.entered_at > timedelta(seconds=switch.cluster.policy.drain_limit_seconds):
        why = (
            f"Drain limit of {switch.cluster.policy.drain_limit_seconds // 60} min reached. {done.in_the_way}"
        )
        return Go(SwitchState.ROLLING_BACK, why, {**learned, "error": why[:400]})
    if not voluntary and is_out_of_time(switch, now):
        return out_of_time(switch, learned, done)
    return LookAgain(done.look_after(now), done.detail, learned)


def must_hold(switch: Switch, plan: DrainPlan, now: datetime) -> Outcome | None:
    """Nothing is evicted while some pod could not follow: wait, or roll back at the limit."""
    if plan.refusals:
        why = plan.refusals[0].reason
        return Go(SwitchState.ROLLING_BACK, why, {"error": why[:400], "blocked_by": why[:300]})
    if not plan.blockers:
        return None
    why = plan.blockers[0].reason
    if now - switch.entered_at > timedelta(seconds=switch.cluster.policy.drain_limit_seconds):
        text = f"Drain limit of {switch.cluster.policy.drain_limit_seconds // 60} min reached. {why}"
        return Go(SwitchState.ROLLING_BACK, text, {"error": text[:400], "blocked_by": why[:300]})
    return LookAgain(BUDGET_POLL, f"No pod is evicted yet. {why}", {"blocked_by": why[:300]})


def close(kube: Kube, node: str) -> None:
    """No new pods, no new connections: the taint first, then out of the load balancers."""
    kube.taint(node, Taint(DISRUPTION_TAINT, "", "NoSchedule"))
    kube.label(node, EXCLUDE_FROM_LOAD_BALANCERS, "true")


def owners_of(plan: DrainPlan) -> list[dict[str, Any]]:
    """Whose replicas to verify afterwards, each with the labels that its budgets are found by."""
    owners: dict[tuple[str, str, str], dict[str, str]] = {}
    for pod in plan.evictable + plan.leaving:
        if pod.owner is not None:
            owners[(pod.owner.kind, pod.owner.namespace, pod.owner.name)] = pod.labels
    return [
        {"kind": kind, "namespace": namespace, "name": name, "labels": labels}
        for (kind, namespace, name), labels in owners.items()
    ]


def emptied(switch: Switch, done: drains.Pass, learned: dict[str, Any]) -> Outcome:
    """All have left; on an interruption a group's member leaves its group before AWS takes it."""
    if not DisruptionKind(switch.kind).is_voluntary:
        leave_group(switch)
    return Go(SwitchState.VERIFYING, f"All {done.total} pods have left", learned)


def is_out_of_time(switch: Switch, now: datetime) -> bool:
    return switch.deadline_at is not None and now > switch.deadline_at - LEAVE_GROUP_BEFORE


def out_of_time(switch: Switch, learned: dict[str, Any], done: drains.Pass) -> Outcome:
    """AWS is about to take the node: what is still on it goes with it, and that is said."""
    leave_group(switch)
    late = [entry.name for entry in done.state.pods.values() if not entry.done]
    text = f"AWS's deadline is here with {len(late)} of {done.total} pods still on the node"
    return Go(SwitchState.VERIFYING, text, {**learned, "error": text if late else ""})


def leave_group(switch: Switch) -> None:
    """Take an interrupted member out of its group, so that the group launches no second replacement."""
    if switch.old_instance.group_id is None:
        return
    try:
        completing.end(cloud_of(switch.cluster), switch.old_instance)
    except GroupAtMinimum:
        return  # the group's own replacement then keeps its minimum


def node_is_gone(switch: Switch) -> Outcome:
    """The machine went away under the drain; what matters now is that its pods are back elsewhere."""
    return Go(SwitchState.VERIFYING, f"{switch.old_instance.node_name} is gone")
