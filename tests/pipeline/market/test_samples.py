"""For how many samples a price has stood."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.pipeline.market.samples import samples_stood, stood
from tests.factories import PoolFactory, PricePointFactory

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def history(*changes):
    return [(NOW - seconds * SECOND, Decimal(str(usd))) for seconds, usd in changes]


@pytest.mark.parametrize(
    ("points", "count"),
    [
        (history((3600, 0.03)), 3),
        (history((3600, 0.06), (10, 0.03)), 1),  # a dip seen by the last sample only
        (history((3600, 0.06), (70, 0.03)), 2),
        (history((3600, 0.06), (130, 0.03)), 3),
        (history((3600, 0.0314), (10, 0.03)), 3),  # within the tolerance it is the same price
        (history((3600, 0.02), (10, 0.03)), 3),  # dearer than before: it has stood at this or less
        (history((3600, 0.03), (90, 0.06), (30, 0.03)), 1),  # a spike in between
        (history((10, 0.03)), 1),  # unknown before
        ([], 0),
    ],
)
def test_counts_the_samples_that_saw_the_price_or_less(points, count):
    assert samples_stood(points, Decimal("0.03"), NOW, most=3) == count


@pytest.mark.django_db
def test_reads_every_pool_in_two_queries(django_assert_num_queries):
    dip, steady = PoolFactory(zone="us-east-1a"), PoolFactory(zone="us-east-1b")
    PricePointFactory(pool=dip, at=NOW - timedelta(hours=2), price_hourly_usd="0.06")
    PricePointFactory(pool=dip, at=NOW - 20 * SECOND, price_hourly_usd="0.03")
    PricePointFactory(pool=steady, at=NOW - timedelta(days=3), price_hourly_usd="0.03")
    prices = {dip.pk: Decimal("0.03"), steady.pk: Decimal("0.03")}
    with django_assert_num_queries(2):
        assert stood(prices, NOW, most=3) == {dip.pk: 1, steady.pk: 3}
