"""A cluster's own recorded history: its region's prices, and its nodes as they are today."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from apps.fleet.models import Cluster, Instance, Pool, PricePoint
from apps.fleet.statuses import InstanceState, Lifecycle

from ..decision.model import ON_DEMAND, SPOT, PoolView, Room
from ..decision.pools import pool_views
from ..errors import HistoryUnreadable
from ..market.samples import in_force
from .engine import prior_of
from .model import Buckets, Change, Market, Seat

# Of what a node offers: a replay reads rows and asks no cluster, so its pods are not known.
USED_PCT = 60
PODS_A_NODE = 12


def read_cluster(cluster: Cluster, *, days: int, now: datetime) -> tuple[Market, Buckets, list[Seat]]:
    """The market that a cluster lived in for the last `days`, and its nodes, each in its on-demand pool.

    A pool whose history begins later costs its first price until then. Raises HistoryUnreadable where no
    price or no node is recorded.
    """
    start = now - timedelta(days=days)
    buckets = dict(
        Pool.objects.filter(region=cluster.region, lifecycle=Lifecycle.SPOT)
        .order_by()
        .values_list("pk", "advisor_bucket")
    )
    changes = _changes(buckets, start, now)
    prices = {change.pool: change.price for change in reversed(changes)}
    prices |= {pool: point[1] for pool, [point] in in_force(list(buckets), start).items()}
    pools = {
        view.id: _at_start(view, prices, buckets, start)
        for view in pool_views(cluster.region, frozenset()).values()
        if view.on_demand is not None and (view.lifecycle == ON_DEMAND or view.id in prices)
    }
    seats = _seats(cluster.pk, pools)
    if not changes or not seats:
        missing = "spot price" if not changes else "node with a known pool"
        raise HistoryUnreadable(
            source=cluster.name, why=f"no {missing} is recorded since {start:%Y-%m-%d %H:%M} UTC"
        )
    market = Market(
        region=cluster.region,
        start=start,
        end=now,
        pools=pools,
        hazards={pool: prior_of(bucket, start)[1] for pool, bucket in buckets.items()},
        changes=[change for change in changes if change.pool in pools],
    )
    return market, buckets, seats


def _changes(pools: Iterable[int], start: datetime, end: datetime) -> list[Change]:
    points = PricePoint.objects.filter(pool_id__in=list(pools), at__gt=start, at__lte=end).order_by("at")
    rows = points.values_list("at", "pool_id", "price_hourly_usd")
    return [Change(at, pool, price) for at, pool, price in rows.iterator(chunk_size=5000)]


def _at_start(view: PoolView, prices: dict[int, Decimal], buckets: Buckets, start: datetime) -> PoolView:
    if view.lifecycle != SPOT:
        return replace(view, price=view.on_demand, set_aside_until=None)
    risk, _ = prior_of(buckets[view.id], start)
    return replace(view, price=prices[view.id], risk_upper=risk, set_aside_until=None)


def _seats(cluster_id: UUID, pools: dict[int, PoolView]) -> list[Seat]:
    by_place = {(p.zone, p.instance_type): p for p in pools.values() if p.lifecycle == ON_DEMAND}
    living = (
        Instance.objects.filter(cluster_id=cluster_id)
        .exclude(state=InstanceState.TERMINATED)
        .exclude(node_name="")
        .order_by("pk")
    )
    found = [by_place.get(place) for place in living.values_list("zone", "instance_type_id")]
    known = [pool for pool in found if pool is not None]
    return [Seat(number, part_of(pool.room), PODS_A_NODE, pool.id) for number, pool in enumerate(known)]


def part_of(room: Room) -> Room:
    """What USED_PCT of a node's room comes to, as what its pods ask for."""
    return Room(room.cpu_milli * USED_PCT // 100, room.memory_mib * USED_PCT // 100, PODS_A_NODE, room.gpus)
