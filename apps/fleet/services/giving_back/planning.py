"""What giving a cluster back takes: which groups rise, which of our nodes go, which stay with the tenant."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.fleet.models import Cluster, Instance, Launch, NodeGroup, Operation, OperationItem, Switch
from apps.fleet.services.operations import NewItem, add_items
from apps.fleet.statuses import InstanceState, LaunchState, ManagedBy, SwitchState

from .steps import CLEAN_UP, GROUPS, HANDED_OVER, OUR_NODES, Step

# Longer lines of replacements are cut: a node that came so long ago is the tenant's own to keep.
LONGEST_LINE = 1000


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done, before it is asked for."""

    groups: list[NodeGroup]
    going: list[Instance]
    staying: list[Instance]
    moves_under_way: int


def preview(cluster: Cluster) -> Preview:
    """What giving the cluster back would do now."""
    going, staying = ours(cluster)
    return Preview(
        groups=list(cluster.groups.filter(taken__gt=0)),
        going=going,
        staying=staying,
        moves_under_way=under_way(cluster),
    )


def ours(cluster: Cluster) -> tuple[list[Instance], list[Instance]]:
    """The living instances that we launched: those that go, and those that stay.

    What runs in a group member's place goes once the group has its members back; what was bought for pods
    goes where they find room elsewhere. The others replaced nodes that nobody would launch again, so they
    stay and become the tenant's own.
    """
    living = Instance.objects.filter(cluster=cluster, managed_by=ManagedBy.ATHARVA).exclude(
        state=InstanceState.TERMINATED
    )
    replaced, bought = _replaced(cluster), _bought(cluster)
    going: list[Instance] = []
    staying: list[Instance] = []
    for instance in living.order_by("launched_at", "pk"):
        (going if _goes(instance.pk, replaced, bought) else staying).append(instance)
    return going, staying


def add_what_is_left(operation: Operation, cluster: Cluster) -> int:
    """Add an item for each group and instance that has none yet; how many were added."""
    return add_items(operation, _items(cluster))


def under_way(cluster: Cluster) -> int:
    """How many of its nodes are being moved or bought."""
    return (
        cluster.switches.filter(finished_at=None).count()
        + Launch.objects.open().filter(cluster=cluster).count()
    )


def unfinished(item: OperationItem, *groups: str) -> int:
    """How many items of those groups, other than this one, have not ended."""
    return item.operation.items.filter(group__in=groups, finished_at=None).exclude(pk=item.pk).count()


def _items(cluster: Cluster) -> Iterable[NewItem]:
    for group in cluster.groups.filter(taken__gt=0):
        name = f"Raise {group.name} by {group.taken}"
        yield NewItem(name, target=str(group.pk), group=GROUPS, step=Step.GROUP_ASK)
    going, staying = ours(cluster)
    for instance in going:
        name = f"Drain and end {instance.node_name or instance.ec2_id}"
        yield NewItem(name, target=instance.ec2_id, group=OUR_NODES, step=Step.NODE_WAIT)
    for instance in staying:
        name = f"Hand over {instance.node_name or instance.ec2_id}"
        yield NewItem(name, target=instance.ec2_id, group=HANDED_OVER, step=Step.HAND_OVER)
    yield NewItem("Remove what is ours", target=str(cluster.pk), group=CLEAN_UP, step=Step.CLEAN_UP)


def _replaced(cluster: Cluster) -> dict[int, tuple[int, bool]]:
    """By instance that took over: whom it replaced, and whether that one was a group's member."""
    arrivals = Switch.objects.filter(
        cluster=cluster, state=SwitchState.COMPLETE, new_instance__isnull=False
    ).values_list("new_instance_id", "old_instance_id", "old_instance__managed_by")
    return {new: (old, by == ManagedBy.GROUP) for new, old, by in arrivals.order_by("created_at")}


def _bought(cluster: Cluster) -> frozenset[int]:
    """The instances that were bought for pods."""
    ready = Launch.objects.filter(cluster=cluster, state=LaunchState.READY, instance__isnull=False)
    return frozenset(ready.order_by().values_list("instance", flat=True))


def _goes(instance_id: int, replaced: dict[int, tuple[int, bool]], bought: frozenset[int]) -> bool:
    """Whether its line began with a group's member, or with a node that was bought for pods."""
    for _ in range(LONGEST_LINE):
        if instance_id not in replaced:
            return instance_id in bought
        instance_id, was_member = replaced[instance_id]
        if was_member:
            return True
    return False
