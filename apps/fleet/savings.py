"""What instances cost and what they would have cost: pure arithmetic in Decimal, USD and seconds.

Source: domain.md "Savings": per instance and hour, the on-demand price of that type times the time run, less
the price paid in that hour; the overlap of a replacement has no baseline, so it counts as cost alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

HOUR = timedelta(hours=1)
SECONDS_AN_HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval of time."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> Decimal:
        """Its length, never negative."""
        return Decimal(max(0, (self.end - self.start) // timedelta(microseconds=1))) / 1_000_000

    def within(self, other: "Span") -> "Span":
        """The part of this span that lies in `other`; empty (zero seconds) where they do not meet."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))


@dataclass(frozen=True, slots=True)
class PriceFrom:
    """A price per hour in force from `at` until the next one."""

    at: datetime
    hourly_usd: Decimal


@dataclass(frozen=True, slots=True)
class HourCost:
    """One instance in one hour."""

    starts_at: datetime
    seconds: int
    baseline_usd: Decimal
    paid_usd: Decimal

    @property
    def saved_usd(self) -> Decimal:
        return self.baseline_usd - self.paid_usd


def hours_of(span: Span) -> Iterator[Span]:
    """`span` cut at the full hours."""
    start = span.start
    while start < span.end:
        next_hour = start.replace(minute=0, second=0, microsecond=0) + HOUR
        end = min(next_hour, span.end)
        yield Span(start, end)
        start = end


def price_of(span: Span, prices: Sequence[PriceFrom]) -> Decimal:
    """USD for `span` at step-wise `prices` (oldest first); the first price also holds before its time.

    Raises ValueError where there is no price at all.
    """
    if not prices:
        raise ValueError("no price is known for the span")
    total = Decimal(0)
    for index, price in enumerate(prices):
        start = span.start if index == 0 else price.at
        end = prices[index + 1].at if index + 1 < len(prices) else span.end
        total += Span(start, max(start, end)).within(span).seconds * price.hourly_usd / SECONDS_AN_HOUR
    return total


def costs(
    ran: Span, *, paid: Sequence[PriceFrom], on_demand_hourly_usd: Decimal, overlap: Sequence[Span] = ()
) -> list[HourCost]:
    """What an instance cost in each hour of `ran`, and its on-demand baseline outside `overlap`.

    `overlap` holds disjoint spans in which the instance only ran because it was replacing another.
    """
    rows = []
    for hour in hours_of(ran):
        counted = hour.seconds - sum((span.within(hour).seconds for span in overlap), Decimal(0))
        rows.append(
            HourCost(
                starts_at=hour.start.replace(minute=0, second=0, microsecond=0),
                seconds=round(hour.seconds),
                baseline_usd=counted * on_demand_hourly_usd / SECONDS_AN_HOUR,
                paid_usd=price_of(hour, paid),
            )
        )
    return rows
