"""Spot and on-demand prices: the quote in force on each pool, and the history behind it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.db import connection

from apps.fleet.cloud.port import Cloud, SpotPrice
from apps.fleet.models import Pool, PricePoint
from apps.fleet.statuses import Lifecycle

from .recording import Attempt

# Enough to see whether a price has stood; more is brought by a backfill, on request.
FIRST_LOOK = timedelta(hours=3)
# AWS publishes a price some minutes after it came into force.
OVERLAP = timedelta(minutes=10)
POINTS_A_STATEMENT = 5000

PoolKey = tuple[str, str]  # instance type, zone


def refresh_spot_prices(
    cloud: Cloud, region: str, attempt: Attempt, *, now: datetime, backfill: timedelta | None = None
) -> None:
    """Store what the spot market did since the last success, and put the latest price on each pool."""
    since = now - FIRST_LOOK if attempt.last_success is None else attempt.last_success - OVERLAP
    if backfill is not None:
        since = min(since, now - backfill)
    pools = _spot_pools(region)
    latest: dict[int, SpotPrice] = {}
    prices = _of_known_pools(cloud.spot_prices(since=since, until=now), pools)
    while some := list(islice(prices, POINTS_A_STATEMENT)):
        _remember(some)
        for pool_id, price in some:
            if pool_id not in latest or price.at > latest[pool_id].at:
                latest[pool_id] = price
        attempt.rows += len(some)
    attempt.changed = _quote(latest) > 0


def refresh_on_demand_prices(cloud: Cloud, region: str, attempt: Attempt, *, now: datetime) -> None:
    """Put the on-demand price of its type on every pool of a region; on-demand pools are quoted at it."""
    prices = cloud.on_demand_prices()
    attempt.rows = len(prices)
    attempt.changed = _quote_on_demand(region, prices, now) > 0


def _spot_pools(region: str) -> dict[PoolKey, int]:
    rows = Pool.objects.filter(region=region, lifecycle=Lifecycle.SPOT).order_by()
    return {(name, zone): pk for name, zone, pk in rows.values_list("instance_type_id", "zone", "pk")}


def _of_known_pools(
    prices: Iterable[SpotPrice], pools: dict[PoolKey, int]
) -> Iterator[tuple[int, SpotPrice]]:
    for price in prices:
        pool_id = pools.get((price.instance_type, price.zone))
        if pool_id is not None:
            yield pool_id, price


def _remember(points: Iterable[tuple[int, SpotPrice]]) -> None:
    PricePoint.objects.bulk_create(
        (
            PricePoint(pool_id=pool_id, at=price.at, price_hourly_usd=price.price_hourly_usd)
            for pool_id, price in points
        ),
        ignore_conflicts=True,
    )


QUOTE = """
UPDATE fleet_pool SET price_hourly_usd = quote.price, priced_at = quote.at
FROM unnest(%s::bigint[], %s::numeric[], %s::timestamptz[]) AS quote(id, price, at)
WHERE fleet_pool.id = quote.id AND fleet_pool.price_hourly_usd IS DISTINCT FROM quote.price
  AND (fleet_pool.priced_at IS NULL OR fleet_pool.priced_at <= quote.at)
"""

QUOTE_ON_DEMAND = """
UPDATE fleet_pool SET on_demand_hourly_usd = quote.price,
  price_hourly_usd = CASE lifecycle WHEN 'on_demand' THEN quote.price ELSE price_hourly_usd END,
  priced_at = CASE lifecycle WHEN 'on_demand' THEN %s ELSE priced_at END
FROM unnest(%s::text[], %s::numeric[]) AS quote(name, price)
WHERE region = %s AND instance_type_id = quote.name AND on_demand_hourly_usd IS DISTINCT FROM quote.price
"""


def _quote(latest: dict[int, SpotPrice]) -> int:
    """Put the newest prices on their pools; how many of them differ from what was there."""
    with connection.cursor() as cursor:
        cursor.execute(
            QUOTE,
            [
                list(latest),
                [price.price_hourly_usd for price in latest.values()],
                [price.at for price in latest.values()],
            ],
        )
        changed: int = cursor.rowcount
    return changed


def _quote_on_demand(region: str, prices: dict[str, Decimal], now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(QUOTE_ON_DEMAND, [now, list(prices), list(prices.values()), region])
        changed: int = cursor.rowcount
    return changed
