"""Who may be moved, how fast, and when nothing is: the policy's brakes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from .budgets import Budget, allowed_now
from .model import ON_DEMAND, Kind, Move, NodeView, PolicyView, PoolView
from .reasons import Reason, Why, usd_per_hour

# Below this many nodes, a group has one node moving at a time whatever the policy says.
SMALL_GROUP = 10


@dataclass(frozen=True, slots=True)
class GroupView:
    """An Auto Scaling group.

    `disturbed` members move, are being deleted or are not ready; `leaving` ones are given up, and `desired`
    still counts them.
    """

    name: str
    min_size: int
    desired: int
    nodes: int
    disturbed: int = 0
    leaving: int = 0


@dataclass(frozen=True, slots=True)
class Tempo:
    """How much is going on in a cluster. `disturbed`: nodes that move, are being deleted or are not ready.

    `on_demand` nodes are there and stay, `on_demand_coming` ones are under way. `bill` is what all nodes
    cost, USD an hour, once what is under way has ended.
    """

    nodes: int
    disturbed: int
    moves_last_hour: int
    on_demand: int = 0
    groups: Mapping[str, GroupView] = field(default_factory=dict)
    bill: Decimal = Decimal()
    on_demand_coming: int = 0

    def after(self, node: NodeView, to: PoolView | None = None) -> "Tempo":
        """The tempo once that node moves too, to that pool."""
        groups = dict(self.groups)
        if group := groups.get(node.group):
            groups[node.group] = replace(group, disturbed=group.disturbed + 1, leaving=group.leaving + 1)
        return replace(
            self,
            disturbed=self.disturbed + 1,
            moves_last_hour=self.moves_last_hour + 1,
            on_demand=self.on_demand - _is_on_demand(node),
            on_demand_coming=self.on_demand_coming + (to is not None and to.lifecycle == ON_DEMAND),
            groups=groups,
            bill=self.bill + _dearer_by(node, to),
        )


def cluster_holds(policy: PolicyView, now: datetime) -> tuple[Why, ...]:
    """Why voluntary moves of the whole cluster are decided and not begun; empty where they are begun."""
    holds = []
    if policy.mode == "observe":
        holds.append(Why(Reason.OBSERVING))
    if policy.mode == "dry_run":
        holds.append(Why(Reason.DRY_RUN))
    if policy.paused_at is not None and (policy.paused_until is None or now < policy.paused_until):
        until = f" until {policy.paused_until:%Y-%m-%d %H:%M} UTC" if policy.paused_until else ""
        because = f": {policy.paused_reason}" if policy.paused_reason else ""
        holds.append(Why(Reason.PAUSED, need=until + because))
    return tuple(holds)


def may_move(
    node: NodeView, policy: PolicyView, tempo: Tempo, now: datetime, *, kind: str = Kind.COST
) -> tuple[Why, ...]:
    """Every reason for which a node may not begin a voluntary move of that kind now; empty where it may."""
    return (
        *node_holds(node, policy, now),
        *_of_group(node, policy, tempo),
        *_of_cluster(node, policy, tempo),
        *_of_budgets(kind, policy, tempo, now),
    )


def price_holds(move: Move, policy: PolicyView, tempo: Tempo) -> tuple[Why, ...]:
    """Why a voluntary move would cost more than the cluster may; a move that saves may always be made."""
    bill = tempo.bill - move.saving
    if policy.max_price is None or move.saving >= 0 or bill <= policy.max_price:
        return ()
    return (Why(Reason.PRICE_CAP, usd_per_hour(bill), usd_per_hour(policy.max_price)),)


def on_demand_kept(policy: PolicyView, nodes: int) -> int:
    """How many of `nodes` are to be on-demand: the largest of the policy's count, its share, the storm's."""
    share = max(policy.on_demand_floor_pct, policy.storm_share_pct)
    return max(policy.on_demand_floor, math.ceil(nodes * share / 100))


def on_demand_lacking(policy: PolicyView, tempo: Tempo) -> int:
    """How many on-demand nodes the cluster has less than it should; never negative."""
    return max(on_demand_kept(policy, tempo.nodes) - tempo.on_demand - tempo.on_demand_coming, 0)


def allowed_at_once(policy: PolicyView, nodes: int) -> int:
    """How many of `nodes` may be disturbed at once: the policy's share, rounded up."""
    return math.ceil(nodes * policy.max_moving_pct / 100)


def allowed_in_group(policy: PolicyView, group: GroupView) -> int:
    """The same within a group; a small group has one node moving at most."""
    share = allowed_at_once(policy, group.nodes)
    return min(1, share) if group.nodes < SMALL_GROUP else share


def pool_share_allows(held: int, spot_nodes: int, policy: PolicyView) -> bool:
    """Whether one more spot node may go to a pool that holds `held` of `spot_nodes`, itself among them.

    The share is rounded up, so that a few nodes can be anywhere at all.
    """
    return held + 1 <= math.ceil(spot_nodes * policy.max_pool_share_pct / 100)


def node_holds(node: NodeView, policy: PolicyView, now: datetime) -> list[Why]:
    """Every reason that lies in the node itself for which it stays, whatever else moves."""
    whys = []
    if node.by_karpenter:
        whys.append(Why(Reason.KARPENTER))
    if node.moving:
        whys.append(Why(Reason.MOVING))
    if node.interruption_at is not None:
        whys.append(Why(Reason.INTERRUPTED, f"{node.interruption_at:%H:%M:%S} UTC"))
    if not node.ready or node.cordoned:
        whys.append(Why(Reason.NOT_READY, "cordoned" if node.ready else "not ready"))
    if (age := now - node.launched_at) < policy.min_node_age:
        whys.append(Why(Reason.TOO_YOUNG, _minutes(age), _minutes(policy.min_node_age)))
    if node.moved_at is not None and (since := now - node.moved_at) < policy.cooldown:
        whys.append(Why(Reason.COOLING_DOWN, _minutes(since), _minutes(policy.cooldown)))
    return whys


def _of_group(node: NodeView, policy: PolicyView, tempo: Tempo) -> list[Why]:
    group = tempo.groups.get(node.group)
    if group is None:
        return []
    whys = []
    left = group.desired - group.leaving - 1
    if left < group.min_size:
        whys.append(Why(Reason.GROUP_AT_MINIMUM, str(left), str(group.min_size), group.name))
    if group.disturbed >= (most := allowed_in_group(policy, group)):
        whys.append(Why(Reason.GROUP_BUDGET, str(group.disturbed), str(most), group.name))
    return whys


def _of_cluster(node: NodeView, policy: PolicyView, tempo: Tempo) -> list[Why]:
    whys = []
    if tempo.disturbed >= (most := allowed_at_once(policy, tempo.nodes)):
        whys.append(Why(Reason.BUDGET, str(tempo.disturbed), str(most)))
    if tempo.moves_last_hour >= policy.moves_per_hour:
        whys.append(Why(Reason.PACE, str(tempo.moves_last_hour), str(policy.moves_per_hour)))
    if _is_on_demand(node) and tempo.on_demand <= (kept := on_demand_kept(policy, tempo.nodes)):
        stormy = policy.storm_share_pct > policy.on_demand_floor_pct
        need = f"{kept} while interruptions are frequent" if stormy else str(kept)
        whys.append(Why(Reason.ON_DEMAND_FLOOR, str(tempo.on_demand), need))
    return whys


def _dearer_by(node: NodeView, to: PoolView | None) -> Decimal:
    was = node.stay.price if node.stay else Decimal()
    return Decimal() if to is None or to.price is None else to.price - was


def _of_budgets(kind: str, policy: PolicyView, tempo: Tempo, now: datetime) -> list[Why]:
    """The cluster's own budgets, beside the policy's share: the smallest in force holds."""
    allowed = allowed_now(policy.budgets, kind, tempo.nodes, now)
    if allowed is None or tempo.disturbed < allowed.nodes:
        return []
    return [Why(Reason.BUDGET_WINDOW, str(tempo.disturbed), str(allowed.nodes), _named(allowed.by))]


def _named(budget: Budget) -> str:
    name = f"budget {budget.name}" if budget.name else "a budget"
    if not budget.cron:
        return name
    lasts = f"{budget.duration.total_seconds() / 3600:g} h"
    return f"{name} (in force for {lasts} from {budget.cron}, {budget.time_zone})"


def _is_on_demand(node: NodeView) -> bool:
    return node.stay is not None and node.stay.pool.lifecycle == ON_DEMAND


def _minutes(length: timedelta) -> str:
    return f"{int(length.total_seconds() // 60)} min"
