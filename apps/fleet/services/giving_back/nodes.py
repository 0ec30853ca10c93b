"""One of our nodes goes: drained through the Eviction API as gently as in a switch, then ended."""

import math
from datetime import datetime, timedelta

from apps.fleet.cloud import cloud_of
from apps.fleet.errors import NodeMissing
from apps.fleet.kube import Kube, kube_of
from apps.fleet.models import Cluster, Ended, Instance, ItemOutcome, NextStep, OperationItem, Wait
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.services.switching import completing, drains, emptying, returning, verifying
from apps.fleet.statuses import DisruptionKind, InstanceState, ItemState

from .planning import unfinished
from .steps import GROUPS, MOVES_UNDER_WAY, OUR_NODES, Step

TURN_POLL = timedelta(seconds=5)
BUDGET_POLL = timedelta(seconds=5)
SETTLE_POLL = timedelta(seconds=5)
ATTACHMENTS_POLL = timedelta(seconds=3)
END_POLL = timedelta(seconds=5)


def wait(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """Its turn comes once the groups have their nodes, and no more go at once than the policy allows."""
    if left := unfinished(item, MOVES_UNDER_WAY, GROUPS):
        return Wait(TURN_POLL, f"Waiting for {left} Auto Scaling groups and moves")
    if item.operation.items.filter(group=GROUPS, state=ItemState.FAILED).exists():
        return Ended(ItemState.FAILED, "Kept: a group has not brought its nodes")
    before = item.operation.items.filter(group=OUR_NODES, finished_at=None, position__lt=item.position)
    nodes = cluster.instances.exclude(state=InstanceState.TERMINATED).exclude(node_name="").count()
    at_once = max(1, math.ceil(nodes * cluster.policy.max_moving_pct / 100))
    if (ahead := before.count()) >= at_once:
        return Wait(TURN_POLL, f"{ahead} nodes go first, {at_once} at once")
    return NextStep(Step.NODE_DRAIN, "Its turn")


def drain(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """One pass of the drain. At the limit the node stays, takes pods again, and the item fails."""
    instance, kube = _instance(item), kube_of(cluster)
    if instance.state == InstanceState.TERMINATED or not instance.node_name:
        return NextStep(Step.NODE_END, f"{instance.ec2_id} is no node")
    try:
        plan = drains.plan_of(kube, instance.node_name, cluster.policy, kind=DisruptionKind.COST, now=now)
        if plan.refusals or (plan.blockers and not item.memory.get("drain")):
            return _hold(item, cluster, kube, instance, (plan.refusals or plan.blockers)[0].reason, now)
        emptying.close(kube, instance.node_name)
        spread = timedelta(seconds=cluster.policy.eviction_spread_seconds)
        done = drains.one_pass(plan, kube, item.memory.get("drain") or {}, spread=spread, now=now)
        attached = kube.attachments(instance.node_name) if plan.is_empty else 0
    except NodeMissing:
        return NextStep(Step.NODE_END, f"{instance.node_name} is gone")
    learned = {"drain": done.state.dump(), "owners": item.memory.get("owners") or emptying.owners_of(plan)}
    if plan.is_empty and not attached:
        return NextStep(Step.NODE_SETTLE, f"All {done.total} pods have left", learned)
    if _is_over(item, now, cluster.policy.drain_limit_seconds):
        return _keep(kube, instance, done.in_the_way or done.detail)
    if attached:
        return Wait(ATTACHMENTS_POLL, f"All pods have left; {attached} volumes are still attached", learned)
    return Wait(done.look_after(now), done.detail, learned)


def _hold(
    item: OperationItem, cluster: Cluster, kube: Kube, instance: Instance, why: str, now: datetime
) -> ItemOutcome:
    """Nothing is evicted while some pod could not follow; the node is kept at the limit."""
    if _is_over(item, now, cluster.policy.drain_limit_seconds):
        return _keep(kube, instance, why)
    return Wait(BUDGET_POLL, f"No pod is evicted yet. {why}")


def _keep(kube: Kube, instance: Instance, why: str) -> Ended:
    returning.reopen(kube, instance.node_name)
    return Ended(ItemState.FAILED, f"Kept: {why}", {"drain": {}, "owners": []})


def settle(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """The node ends once its pods' owners have their replicas back; else it stays for a person to look."""
    kube = kube_of(cluster)
    missing, owners = verifying.what_is_missing(item.memory.get("owners", []), kube)
    if not missing:
        return NextStep(Step.NODE_END, "Every owner has its replicas")
    if _is_over(item, now, cluster.policy.verify_limit_seconds):
        return _keep(kube, _instance(item), missing)
    return Wait(SETTLE_POLL, f"Waiting: {missing}", {"owners": owners})


def end(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """Terminate it; done once EC2 says that it is terminated."""
    instance = _instance(item)
    if instance.state != InstanceState.TERMINATED:
        completing.end(cloud_of(cluster), instance)
        refresh_instances(cluster.account, cluster.region, [instance.ec2_id])
        instance.refresh_from_db(fields=["state"])
    if instance.state != InstanceState.TERMINATED:
        return Wait(END_POLL, f"Terminating {instance.ec2_id}")
    return Ended(ItemState.DONE, f"{instance.ec2_id} is gone")


def _instance(item: OperationItem) -> Instance:
    return Instance.objects.get(ec2_id=item.target)


def _is_over(item: OperationItem, now: datetime, seconds: int) -> bool:
    return item.entered_at is not None and now - item.entered_at > timedelta(seconds=seconds)
