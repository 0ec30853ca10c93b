"""What a decision had read, kept once an hour: small enough to store, whole enough to decide it again."""

import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from django.db.models import QuerySet

from apps.fleet.models import Cluster

from ..market.samples import stood
from ..models import DecisionSnapshot
from .model import Offer, PoolView, Room
from .planning import Scene

KEPT = timedelta(hours=48)
# A price that stood this long counts as steady for any policy.
MOST_SAMPLES = 10
LEVEL = 6


class Snapshot(msgspec.Struct, array_like=True):
    """A scene without the pools that no policy would choose, and how many samples each price had stood."""

    scene: Scene
    stood: dict[int, int]


def keep_snapshot(cluster: Cluster, scene: Scene, now: datetime) -> None:
    """Store the first scene of an hour. One query where this hour has one."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if not scene.nodes or DecisionSnapshot.objects.filter(cluster=cluster, hour=hour).exists():
        return
    DecisionSnapshot.objects.bulk_create(
        [DecisionSnapshot(cluster=cluster, hour=hour, taken_at=now, scene=_packed(scene, now))],
        ignore_conflicts=True,
    )


def snapshots_of(cluster: Cluster, *, since: datetime) -> QuerySet[DecisionSnapshot]:
    """A cluster's snapshots, the oldest first."""
    return DecisionSnapshot.objects.filter(cluster=cluster, hour__gt=since).order_by("hour")


def unpacked(snapshot: DecisionSnapshot) -> Snapshot:
    return msgspec.msgpack.decode(zlib.decompress(bytes(snapshot.scene)), type=Snapshot)


def forget_snapshots(now: datetime) -> int:
    """Delete what is older than KEPT; how many those were."""
    return DecisionSnapshot.objects.filter(hour__lt=now - KEPT).delete()[0]


def _packed(scene: Scene, now: datetime) -> bytes:
    pools = list(_worth_keeping(scene))
    prices = {pool.id: price for pool in pools if (price := pool.listed or pool.price) is not None}
    kept = Snapshot(
        scene=replace(scene, pools=pools, held=dict(scene.held)),
        stood=stood(prices, now, most=MOST_SAMPLES),
    )
    return zlib.compress(msgspec.msgpack.encode(kept), LEVEL)


def _worth_keeping(scene: Scene) -> Iterable[PoolView]:
    """The pools that some policy might move a node to."""
    needs = {node.need for node in scene.nodes}
    stays = [node.stay for node in scene.nodes if node.stay]
    # What costs more than the dearest node on-demand is nobody's next pool.
    limit = max((_dearest(stay) for stay in stays), default=Decimal())
    return (
        pool
        for pool in scene.pools
        if pool.price is not None
        and pool.price <= limit
        and pool.zone in scene.site.zones.get(pool.architecture, ())
        and _holds_some(pool, needs)
    )


def _dearest(stay: Offer) -> Decimal:
    return max(stay.price, stay.pool.on_demand or stay.price)


def _holds_some(pool: PoolView, needs: Iterable[Room]) -> bool:
    return any(pool.room.holds(need) for need in needs)
