"""Disruption budgets: of several in force the smallest holds, and each at its own times."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.decision.budgets import Budget, allowed_now, is_in_force, windows

NOON = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
NEW_YORK = "America/New_York"


def test_without_a_budget_nothing_is_said() -> None:
    assert allowed_now([], "cost", 50, NOON) is None


def test_of_several_budgets_the_smallest_holds_and_is_named() -> None:
    budgets = [Budget("share", max_pct=10), Budget("count", max_nodes=3), Budget("wide", max_pct=50)]
    allowed = allowed_now(budgets, "cost", 100, NOON)
    assert allowed is not None
    assert (allowed.nodes, allowed.by.name) == (3, "count")


@pytest.mark.parametrize(("nodes", "most"), [(0, 0), (1, 1), (9, 1), (10, 1), (11, 2), (100, 10)])
def test_a_share_is_rounded_up(nodes: int, most: int) -> None:
    allowed = allowed_now([Budget("share", max_pct=10)], "cost", nodes, NOON)
    assert allowed is not None
    assert allowed.nodes == most


def test_a_budget_for_other_kinds_says_nothing() -> None:
    budgets = [Budget("no consolidation", frozenset({"consolidation"}), max_nodes=0)]
    assert allowed_now(budgets, "cost", 10, NOON) is None
    allowed = allowed_now(budgets, "consolidation", 10, NOON)
    assert allowed is not None
    assert allowed.nodes == 0


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (datetime(2026, 6, 3, 8, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 3, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 6, 3, 16, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 6, 3, 17, 0, tzinfo=UTC), False),
        (datetime(2026, 6, 6, 12, 0, tzinfo=UTC), False),  # a Saturday
    ],
)
def test_office_hours(at: datetime, holds: bool) -> None:
    office = Budget("office hours", max_nodes=0, cron="0 9 * * mon-fri", duration=8 * HOUR)
    assert is_in_force(office, at) is holds


def test_a_window_is_read_on_its_own_zones_clock() -> None:
    nine = Budget("mornings", max_nodes=0, cron="0 9 * * *", duration=HOUR, time_zone=NEW_YORK)
    assert is_in_force(nine, datetime(2026, 7, 1, 13, 30, tzinfo=UTC))  # 09:30 in summer
    assert not is_in_force(nine, datetime(2026, 12, 1, 13, 30, tzinfo=UTC))  # 08:30 in winter
    assert is_in_force(nine, datetime(2026, 12, 1, 14, 30, tzinfo=UTC))


def test_a_window_reaches_over_midnight() -> None:
    night = Budget("nights", max_nodes=5, cron="0 22 * * *", duration=8 * HOUR)
    assert is_in_force(night, datetime(2026, 6, 3, 5, 59, tzinfo=UTC))
    assert not is_in_force(night, datetime(2026, 6, 3, 6, 0, tzinfo=UTC))


def test_a_start_that_the_clock_skips_comes_an_hour_later() -> None:
    """On 8 March 2026 New York goes from 02:00 to 03:00: 02:30 is not shown."""
    early = Budget("early", max_nodes=0, cron="30 2 * * *", duration=HOUR, time_zone=NEW_YORK)
    assert not is_in_force(early, datetime(2026, 3, 8, 7, 29, tzinfo=UTC))
    assert is_in_force(early, datetime(2026, 3, 8, 7, 30, tzinfo=UTC))  # 03:30 there
    assert not is_in_force(early, datetime(2026, 3, 8, 8, 30, tzinfo=UTC))


def test_a_start_that_the_clock_shows_twice_comes_once() -> None:
    """On 1 November 2026 New York shows 01:00 to 02:00 twice, at 05:00 and at 06:00 UTC."""
    early = Budget("early", max_nodes=0, cron="30 1 * * *", duration=HOUR, time_zone=NEW_YORK)
    assert is_in_force(early, datetime(2026, 11, 1, 5, 30, tzinfo=UTC))
    assert is_in_force(early, datetime(2026, 11, 1, 6, 10, tzinfo=UTC))
    assert not is_in_force(early, datetime(2026, 11, 1, 6, 30, tzinfo=UTC))


def test_a_window_lasts_as_long_over_a_change_of_clocks() -> None:
    night = Budget("night", max_nodes=0, cron="0 0 * * *", duration=6 * HOUR, time_zone=NEW_YORK)
    midnight = datetime(2026, 3, 8, tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)
    assert is_in_force(night, midnight + 6 * HOUR - timedelta(seconds=1))
    assert not is_in_force(night, midnight + 6 * HOUR)


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["UTC", NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe"]),
    cron=st.sampled_from(["0 9 * * mon-fri", "30 2 * * *", "*/20 * * * *", "0 0 1 * *"]),
    hours=st.integers(1, 30),
)
def test_a_budget_is_in_force_exactly_within_the_windows_that_are_drawn(
    at: datetime, zone: str, cron: str, hours: int
) -> None:
    budget = Budget("any", max_nodes=1, cron=cron, duration=timedelta(hours=hours), time_zone=zone)
    drawn = windows(budget, at - timedelta(days=2), at + timedelta(days=2))
    assert is_in_force(budget, at) == any(begin <= at < end for begin, end in drawn)
