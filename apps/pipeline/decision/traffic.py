"""What is going on in a cluster: nodes that leave and come, the pace of moves, and the bill."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from apps.fleet.models import Launch, NodeGroup, Switch
from apps.fleet.statuses import DisruptionKind

from .controls import GroupView, Tempo
from .model import ON_DEMAND, SPOT, NodeView, PoolView

PACE_OVER = timedelta(hours=1)
# How long a pool that took a node stands behind comparable ones.
BOUGHT_LATELY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Traffic:
    """The cluster's open switches and launches, and those of the last hour.

    `bound_for` has a pool for every node under way, whether it is a node already or not launched yet.
    """

    leaving: frozenset[int]  # instances
    arriving: frozenset[int]  # instances
    bound_for: tuple[int, ...]  # pools
    bought_lately: frozenset[int]  # pools
    moves_last_hour: int


def traffic_of(cluster_id: UUID, now: datetime) -> Traffic:
    """What is under way in a cluster, and was of late; two queries."""
    recent = Q(finished_at=None) | Q(created_at__gt=now - PACE_OVER)
    switches = list(
        Switch.objects.filter(recent, cluster=cluster_id)
        .order_by()
        .only("kind", "old_instance_id", "new_instance_id", "to_pool_id", "created_at", "finished_at")
    )
    open_ones = [switch for switch in switches if switch.finished_at is None]
    last_hour = [switch for switch in switches if switch.created_at > now - PACE_OVER]
    launches = _launches(cluster_id, now)
    begun = [launch for launch in launches if launch.finished_at is None]
    coming = [launch.pool_id or next(iter(launch.candidates), None) for launch in begun]
    return Traffic(
        leaving=frozenset(switch.old_instance_id for switch in open_ones),
        arriving=frozenset(switch.new_instance_id for switch in open_ones if switch.new_instance_id)
        | frozenset(launch.instance_id for launch in begun if launch.instance_id),
        bound_for=tuple(pool for pool in (*(s.to_pool_id for s in open_ones), *coming) if pool),
        bought_lately=frozenset(
            s.to_pool_id for s in last_hour if s.to_pool_id and s.created_at > now - BOUGHT_LATELY
        )
        | frozenset(launch.pool_id for launch in launches if launch.pool_id),
        moves_last_hour=sum(DisruptionKind(switch.kind).is_voluntary for switch in last_hour),
    )


def _launches(cluster_id: UUID, now: datetime) -> list[Launch]:
    """Launches under way, and those of BOUGHT_LATELY."""
    recent = Q(finished_at=None) | Q(created_at__gt=now - BOUGHT_LATELY)
    return list(
        Launch.objects.filter(recent, cluster=cluster_id)
        .order_by()
        .only("pool_id", "candidates", "instance_id", "finished_at")
    )


def tempo_of(
    nodes: Iterable[NodeView],
    groups: Iterable[NodeGroup],
    pools: Collection[PoolView],
    traffic: Traffic,
) -> Tempo:
    """Nodes under way are not counted: they would make the cluster, and its budget, look larger."""
    on_demand = {pool.id for pool in pools if pool.lifecycle == ON_DEMAND}
    settled = [node for node in nodes if node.id not in traffic.arriving]
    disturbed = [node for node in settled if node.id in traffic.leaving or not node.ready or node.cordoned]
    members, moving = Counter(node.group for node in settled), Counter(node.group for node in disturbed)
    leaving = Counter(node.group for node in settled if node.id in traffic.leaving)
    return Tempo(
        nodes=len(settled),
        disturbed=len(disturbed),
        moves_last_hour=traffic.moves_last_hour,
        on_demand=sum(
            node.stay is not None and node.stay.pool.lifecycle == ON_DEMAND and not node.moving
            for node in settled
        ),
        on_demand_coming=sum(pool_id in on_demand for pool_id in traffic.bound_for),
        bill=_bill(settled, pools, traffic),
        groups={
            group.name: GroupView(
                name=group.name,
                min_size=group.min_size,
                desired=group.desired,
                nodes=members[group.name],
                disturbed=moving[group.name],
                leaving=leaving[group.name],
            )
            for group in groups
        },
    )


def held_of(nodes: Iterable[NodeView], pools: Iterable[PoolView], traffic: Traffic) -> Counter[int]:
    """Spot nodes by pool: those that stay, and those that are on their way in."""
    away = traffic.leaving | traffic.arriving
    staying = (node.stay.pool for node in nodes if node.stay and node.id not in away)
    coming = Counter(traffic.bound_for)
    held = Counter(pool.id for pool in staying if pool.lifecycle == SPOT)
    return held + Counter({pool.id: coming[pool.id] for pool in pools if pool.lifecycle == SPOT})


def _bill(settled: Iterable[NodeView], pools: Iterable[PoolView], traffic: Traffic) -> Decimal:
    """What the cluster costs an hour once everything under way has ended, as far as prices are known."""
    prices = {pool.id: pool.price for pool in pools}
    known = [node.stay.price for node in settled if node.stay and node.id not in traffic.leaving]
    known += [price for pool_id in traffic.bound_for if (price := prices.get(pool_id)) is not None]
    return sum(known, Decimal())
