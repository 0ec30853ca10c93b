"""The ledger's arithmetic: domain.md "Savings", rows 2.4 and 9.x."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet.savings import PriceFrom, Span, costs, hours_of, price_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
minutes = st.integers(0, 300).map(lambda n: timedelta(minutes=n))


def span(start: float, end: float) -> Span:
    """From and to in hours after noon."""
    return Span(NOON + timedelta(hours=start), NOON + timedelta(hours=end))


def test_an_hour_on_spot_saves_the_difference() -> None:
    [row] = costs(span(0, 1), paid=[PriceFrom(NOON, Decimal("0.04"))], on_demand_hourly_usd=Decimal("0.10"))
    assert (row.baseline_usd, row.paid_usd, row.saved_usd) == (
        Decimal("0.10"),
        Decimal("0.04"),
        Decimal("0.06"),
    )


def test_a_price_that_changes_within_the_hour_counts_for_its_part() -> None:
    paid = [PriceFrom(NOON, Decimal("0.04")), PriceFrom(NOON + timedelta(minutes=30), Decimal("0.08"))]
    [row] = costs(span(0, 1), paid=paid, on_demand_hourly_usd=Decimal("0.10"))
    assert row.paid_usd == Decimal("0.06")


def test_the_price_in_force_before_the_span_counts_from_its_start() -> None:
    paid = [PriceFrom(NOON - timedelta(hours=9), Decimal("0.04")), PriceFrom(NOON, Decimal("0.02"))]
    assert price_of(span(0, 1), paid) == Decimal("0.02")
    assert price_of(span(-1, 0), paid) == Decimal("0.04")


def test_on_demand_hours_save_nothing() -> None:
    [row] = costs(span(0, 1), paid=[PriceFrom(NOON, Decimal("0.10"))], on_demand_hourly_usd=Decimal("0.10"))
    assert row.saved_usd == 0


def test_the_overlap_of_a_replacement_is_a_cost() -> None:
    rows = costs(
        span(0, 1),
        paid=[PriceFrom(NOON, Decimal("0.04"))],
        on_demand_hourly_usd=Decimal("0.10"),
        overlap=[span(0, 0.5)],
    )
    assert rows[0].baseline_usd == Decimal("0.05")
    assert rows[0].saved_usd == Decimal("0.01")


def test_no_price_is_an_error_rather_than_free() -> None:
    with pytest.raises(ValueError, match="no price"):
        price_of(span(0, 1), [])


@given(start=minutes, length=minutes)
def test_the_hours_of_a_span_are_the_span(start: timedelta, length: timedelta) -> None:
    whole = Span(NOON + start, NOON + start + length)
    parts = list(hours_of(whole))
    assert sum((part.seconds for part in parts), Decimal(0)) == whole.seconds
    assert all(part.seconds <= 3600 for part in parts)
    assert len({part.start.replace(minute=0) for part in parts}) == len(parts)


@given(
    changes=st.lists(
        st.tuples(minutes, st.integers(1, 100)), min_size=1, max_size=6, unique_by=lambda c: c[0]
    ),
    cut=minutes,
)
def test_the_cost_of_two_parts_is_the_cost_of_the_whole(
    changes: list[tuple[timedelta, int]], cut: timedelta
) -> None:
    prices = [PriceFrom(NOON + at, Decimal(cents) / 100) for at, cents in sorted(changes)]
    whole, middle = span(0, 5), min(NOON + cut, NOON + timedelta(hours=5))
    parts = price_of(Span(whole.start, middle), prices) + price_of(Span(middle, whole.end), prices)
    assert abs(parts - price_of(whole, prices)) < Decimal("1e-12")
