"""For how many samples a price has stood: what keeps a moment's dip from moving nodes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from apps.fleet.models import PricePoint

# A sample is a look at the price in force, as often as prices are scraped.
SAMPLE_EVERY = timedelta(minutes=1)
# A price that was up to a twentieth higher is still the same price.
TOLERANCE = Decimal("1.05")

Point = tuple[datetime, Decimal]


def samples_stood(points: Sequence[Point], price: Decimal, now: datetime, *, most: int) -> int:
    """How many of the latest samples, `most` at the most, saw `price` or less (within TOLERANCE).

    `points` are the price's changes in order of time, the first of them in force before the samples begin; a
    sample from before the first point saw nothing.
    """
    for count in range(most):
        at = now - count * SAMPLE_EVERY
        known = [usd for since, usd in points if since <= at]
        if not known or known[-1] > price * TOLERANCE:
            return count
    return most


def stood(prices: Mapping[int, Decimal], now: datetime, *, most: int) -> dict[int, int]:
    """Samples stood by the present price of each pool, in two queries however many pools there are."""
    start = now - most * SAMPLE_EVERY
    recent: dict[int, list[Point]] = defaultdict(list)
    rows = PricePoint.objects.filter(pool_id__in=prices, at__gt=start, at__lte=now).order_by("at")
    for pool_id, at, usd in rows.values_list("pool_id", "at", "price_hourly_usd"):
        recent[pool_id].append((at, usd))
    before = in_force(list(recent), start)
    return {
        pool_id: samples_stood(before.get(pool_id, []) + recent[pool_id], price, now, most=most)
        if pool_id in recent
        else most  # no change since the samples began
        for pool_id, price in prices.items()
    }


IN_FORCE = """
SELECT pool.id, point.at, point.price_hourly_usd
FROM unnest(%s::bigint[]) AS pool(id) CROSS JOIN LATERAL (
  SELECT at, price_hourly_usd FROM fleet_pricepoint
  WHERE pool_id = pool.id AND at <= %s ORDER BY at DESC LIMIT 1
) AS point
"""


def in_force(pool_ids: list[int], at: datetime) -> dict[int, list[Point]]:
    """The price of each pool that was in force at `at`, as the one point that it began with; one query."""
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE, [pool_ids, at])
        return {pool_id: [(since, usd)] for pool_id, since, usd in cursor.fetchall()}
