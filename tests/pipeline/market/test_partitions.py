"""The price history's partitions: made ahead, cut out of the rest, dropped in time."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from apps.fleet.models import PricePoint
from apps.pipeline.market.partitions import keep_partitions
from tests.factories import PoolFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def point(at, pool=None):
    return PricePoint.objects.create(pool=pool or PoolFactory(), at=at, price_hourly_usd=Decimal("0.03"))


def partition_of(row):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM fleet_pricepoint WHERE pool_id = %s AND at = %s",
            [row.pool_id, row.at],
        )
        return cursor.fetchone()[0]


def test_today_and_the_next_days_are_ready():
    made, dropped = keep_partitions(NOW)
    assert made == [date(2026, 11, day) for day in (24, 25, 26, 27)]
    assert dropped == []
    assert partition_of(point(NOW + 2 * DAY)) == "fleet_pricepoint_d20261126"


def test_twice_is_once():
    keep_partitions(NOW)
    assert keep_partitions(NOW) == ([], [])


def test_rows_that_came_before_their_partition_move_into_it():
    pool = PoolFactory()
    before, first, last = (point(at, pool) for at in (NOW - DAY, datetime(2026, 11, 24, tzinfo=UTC), NOW))
    assert partition_of(last) == "fleet_pricepoint_rest"
    keep_partitions(NOW)
    assert partition_of(first) == partition_of(last) == "fleet_pricepoint_d20261124"
    assert partition_of(before) == "fleet_pricepoint_d20261123"
    assert PricePoint.objects.count() == 3


def test_a_day_past_its_time_goes_with_its_table():
    keep_partitions(NOW)
    old, kept = point(NOW), point(NOW + DAY)
    made, dropped = keep_partitions(NOW + 36 * DAY)
    assert dropped == [date(2026, 11, 24)]
    assert not PricePoint.objects.filter(pool=old.pool, at=old.at).exists()
    assert PricePoint.objects.filter(pool=kept.pool, at=kept.at).exists()


def test_a_row_that_is_too_old_for_a_partition_goes_too():
    point(NOW - 36 * DAY)
    keep_partitions(NOW)
    assert not PricePoint.objects.exists()
