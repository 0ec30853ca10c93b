"""How the items of giving back are carried out."""

from collections.abc import Callable
from datetime import datetime

from apps.fleet.models import Cluster, ItemOutcome, Operation, OperationItem
from apps.fleet.services.operations import Work
from apps.fleet.statuses import ItemState

from . import groups, leaving, nodes
from .steps import GROUPS, HANDED_OVER, OUR_NODES, Step

Carry = Callable[[OperationItem, Cluster, datetime], ItemOutcome]

STEPS: dict[Step, Carry] = {
    Step.MOVES: leaving.wait_for_moves,
    Step.GROUP_ASK: groups.ask,
    Step.GROUP_RAISE: groups.raise_desired,
    Step.GROUP_WAIT: groups.wait_for_nodes,
    Step.NODE_WAIT: nodes.wait,
    Step.NODE_DRAIN: nodes.drain,
    Step.NODE_SETTLE: nodes.settle,
    Step.NODE_END: nodes.end,
    Step.HAND_OVER: leaving.hand_over,
    Step.CLEAN_UP: leaving.clean_up,
}
# Where a cancelled operation may stop without leaving something half done.
SAFE_POINTS = frozenset({Step.MOVES, Step.GROUP_ASK, Step.NODE_WAIT, Step.HAND_OVER, Step.CLEAN_UP})
# Nodes are paced by the policy; this bounds how many items look at the cluster at once.
PARALLEL = 20


def advance(item: OperationItem, now: datetime) -> ItemOutcome:
    """Take the item's step; every step may be taken twice."""
    clusters = Cluster.objects.select_related("account", "client", "policy")
    cluster = clusters.get(operations=item.operation)
    return STEPS[Step(item.step)](item, cluster, now)


def finish(operation: Operation) -> dict[str, int]:
    """What came of it: how many groups rose, how many nodes went and how many stayed with the tenant."""
    done = operation.items.filter(state=ItemState.DONE)
    return {
        "groups_raised": done.filter(group=GROUPS).count(),
        "nodes_ended": done.filter(group=OUR_NODES).count(),
        "nodes_handed_over": done.filter(group=HANDED_OVER).count(),
    }


WORK = Work(advance, PARALLEL, SAFE_POINTS, finish)
