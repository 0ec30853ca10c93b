"""The effect of a changed policy, shown on yesterday's decisions before it is saved."""

import copy
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from apps.fleet.models import Cluster

from .funnel import narrow
from .gathering import policy_view
from .model import Move, NodeView, PolicyView, Verdict
from .planning import plan
from .scoring import offer_of
from .snapshots import MOST_SAMPLES, Snapshot, snapshots_of, unpacked

YESTERDAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would have been decided in `runs` hours of the last day, by the policy of now and the changed one.

    Moves count nodes; each moves once at the most. Savings are USD an hour, of all moves together; a move
    away from risk may cost something. `stays_*` are the other nodes by the first reason of their last hour.
    Pods are not looked at: a node's replacement is as large as the node, and none is kept by its pods.
    """

    runs: int
    nodes: int
    moves_before: int
    moves_after: int
    saving_before: Decimal
    saving_after: Decimal
    stays_before: Mapping[str, int]
    stays_after: Mapping[str, int]


@dataclass(slots=True)
class _Day:
    """A day as some policy would have had it; `last` is each node's latest verdict."""

    moved: dict[int, Move] = field(default_factory=dict)
    last: dict[int, Verdict] = field(default_factory=dict)

    def take(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            self.last[verdict.node.id] = verdict
            if isinstance(verdict, Move):
                self.moved[verdict.node.id] = verdict

    @property
    def saving(self) -> Decimal:
        return sum((move.saving for move in self.moved.values()), Decimal())

    @property
    def stays(self) -> dict[str, int]:
        """How many nodes stayed, by reason, the most frequent first."""
        first = (v.because[0].reason for node, v in self.last.items() if node not in self.moved)
        return {str(reason): count for reason, count in Counter(first).most_common()}


def preview(cluster: Cluster, changes: Mapping[str, object]) -> Preview:
    """Decide the last day's hours again, as the cluster's policy is and with `changes` to its fields.

    Reads rows, asks no cluster, stores nothing; the values of `changes` are taken as valid.
    """
    changed = copy.copy(cluster.policy)
    for name, value in changes.items():
        setattr(changed, name, value)
    before, after, runs = _Day(), _Day(), 0
    was, becomes = policy_view(cluster.policy), policy_view(changed)
    for row in snapshots_of(cluster, since=timezone.now() - YESTERDAY):
        snapshot, runs = unpacked(row), runs + 1
        before.take(_decided(snapshot, was, before.moved, row.taken_at))
        after.take(_decided(snapshot, becomes, after.moved, row.taken_at))
    return Preview(
        runs=runs,
        nodes=len(before.last),
        moves_before=len(before.moved),
        moves_after=len(after.moved),
        saving_before=before.saving,
        saving_after=after.saving,
        stays_before=before.stays,
        stays_after=after.stays,
    )


def _decided(
    snapshot: Snapshot, policy: PolicyView, moved: Mapping[int, Move], now: datetime
) -> list[Verdict]:
    """The verdicts of one hour on the nodes that were not moved in an earlier one."""
    was = snapshot.scene
    policy = replace(policy, storm_share_pct=was.policy.storm_share_pct, budgets=was.policy.budgets)
    nodes = [_priced(node, policy) for node in was.nodes if node.id not in moved]
    scene = replace(was, policy=policy, nodes=nodes)
    funnel = narrow(scene.pools, policy, scene.site, lambda prices: _stood(snapshot, prices, policy), now)
    return plan(scene, funnel.offers, lambda node: node, now)


def _stood(snapshot: Snapshot, prices: Iterable[int], policy: PolicyView) -> dict[int, int]:
    """Samples stood, as far back as the snapshot knows; what stood that long is steady enough."""
    found = {pool_id: snapshot.stood.get(pool_id, 0) for pool_id in prices}
    return {
        pool_id: max(count, policy.price_samples) if count >= MOST_SAMPLES else count
        for pool_id, count in found.items()
    }


def _priced(node: NodeView, policy: PolicyView) -> NodeView:
    """The node with its own pool's risk as dear as the policy finds it."""
    if node.stay is None:
        return node
    return replace(node, stay=offer_of(node.stay.pool, node.stay.price, policy))
