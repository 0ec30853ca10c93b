"""A group gets back what was taken from it, and has brought its nodes before any of ours goes."""

from datetime import datetime, timedelta

from django.db.models import F

from apps.fleet.cloud import cloud_of
from apps.fleet.errors import GroupMissing
from apps.fleet.kube import kube_of
from apps.fleet.models import Cluster, Ended, ItemOutcome, NextStep, NodeGroup, OperationItem, Wait
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.statuses import ItemState

from .steps import Step

POLL = timedelta(seconds=5)
NODES_LIMIT = timedelta(minutes=30)


def ask(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """Settle the count to raise to, in the row, before anything is raised: a retry asks for the same."""
    group = NodeGroup.objects.filter(pk=item.target).first()
    if group is None:
        return _gone(item.name)
    try:
        seen = cloud_of(cluster).group(group.name)
    except GroupMissing:
        return _gone(group.name)
    learned = {"group": group.name, "taken": group.taken, "desired": seen.desired + group.taken}
    return NextStep(Step.GROUP_RAISE, f"From {seen.desired} to {learned['desired']}", learned)


def raise_desired(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """Ask the group for its members."""
    name, desired = item.memory["group"], item.memory["desired"]
    cloud_of(cluster).set_desired(name, desired)
    return NextStep(Step.GROUP_WAIT, f"{name} was asked for {desired} members")


def wait_for_nodes(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """Done once so many members of the group are Ready nodes as it had before us."""
    name, desired = item.memory["group"], item.memory["desired"]
    members = cloud_of(cluster).group(name).instance_ids
    nodes, _ = kube_of(cluster).nodes()
    ready = {node.instance_id for node in nodes if node.ready} & set(members)
    if len(ready) >= desired:
        refresh_instances(cluster.account, cluster.region, members)
        NodeGroup.objects.filter(pk=item.target, taken__gte=item.memory["taken"]).update(
            desired=desired, taken=F("taken") - item.memory["taken"]
        )
        return Ended(ItemState.DONE, f"All {desired} members of {name} are Ready")
    if item.entered_at and now - item.entered_at > NODES_LIMIT:
        why = f"{name} has {len(ready)} of {desired} nodes Ready after {NODES_LIMIT.seconds // 60} minutes"
        return Ended(ItemState.FAILED, why)
    return Wait(POLL, f"{len(ready)} of {desired} members of {name} are Ready")


def _gone(name: str) -> Ended:
    return Ended(ItemState.SKIPPED, f"{name}: the group is gone, so it needs nothing back")
