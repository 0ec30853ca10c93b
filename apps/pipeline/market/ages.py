"""How old each source of the market is, and the sentence that says so: a source is never silently stale."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from apps.fleet.errors import AccessDenied

from ..models import Scrape, Source
from .cycles import FULL_CYCLE, SHORT_CYCLE, cycle_of

# Beyond its cycle a source may be so much late before it counts as stale.
PRICES_LATE, REST_LATE = timedelta(minutes=15), timedelta(hours=1)
# An account may keep these to itself: decisions are then made without them.
OPTIONAL = frozenset({Source.PLACEMENT_SCORES, Source.QUOTAS})


class Standing(StrEnum):
    """`BROKEN`: the last attempt failed, and what was read before is not too old yet."""

    FRESH = "fresh"
    BROKEN = "broken"
    STALE = "stale"
    NEVER = "never"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class SourceAge:
    """How one source of one region stands. `age` is None where it was never read."""

    source: Source
    region: str
    standing: Standing
    age: timedelta | None
    limit: timedelta
    problem: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether decisions are worse for it: not where an account keeps to itself what it may."""
        return self.source not in OPTIONAL and self.standing is not Standing.FRESH

    @property
    def sentence(self) -> str:
        """For a page: what is known, how old it is, and why where something is wrong."""
        what = f"{self.source.label} of {self.region}"
        old = in_words(self.age) if self.age is not None else ""
        match self.standing:
            case Standing.FRESH:
                return f"{what}: read {old} ago."
            case Standing.BROKEN:
                return f"{what}: read {old} ago; the last attempt failed. {self.problem}"
            case Standing.STALE:
                return (
                    f"{what} are {old} old; at most {in_words(self.limit)} is fine. {self.problem}".rstrip()
                )
            case Standing.NEVER:
                return f"{what} were never read. {self.problem}".rstrip()
            case Standing.NOT_ALLOWED:
                return f"{what} are not used. {self.problem}"


def sources_of(regions: Collection[str], now: datetime) -> list[SourceAge]:
    """Every source of those regions, whether it was ever read or not; three queries."""
    scrapes = {(row.region, row.source): row for row in Scrape.objects.filter(region__in=regions)}
    short, full = cycle_of(SHORT_CYCLE), cycle_of(FULL_CYCLE)
    return [
        _standing(source, region, scrapes.get((region, source)), _limit(source, short, full), now)
        for region in sorted(regions)
        for source in Source
    ]


def stale_prices(region: str, now: datetime) -> str:
    """The sentence of prices that are too old to move nodes for money; empty while they are fresh.

    A region that was never scraped has no prices, so there is nothing to say of them. One query while well.
    """
    scrape = Scrape.objects.filter(source=Source.SPOT_PRICES, region=region).first()
    if scrape is None:
        return ""
    age = scrape.age(now)
    if age is not None and age <= PRICES_LATE:
        return ""
    limit = cycle_of(SHORT_CYCLE) + PRICES_LATE
    found = _standing(Source.SPOT_PRICES, region, scrape, limit, now)
    return found.sentence if found.standing in (Standing.STALE, Standing.NEVER) else ""


def in_words(length: timedelta) -> str:
    """`40 s`, `22 min`, `3 h`, `2 days`."""
    seconds = int(length.total_seconds())
    for unit, size, until in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < until:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86_400} days"


def _limit(source: Source, short: timedelta, full: timedelta) -> timedelta:
    if source is Source.SPOT_PRICES:
        return short + PRICES_LATE
    if source is Source.PLACEMENT_SCORES:
        return max(full, timedelta(days=1)) + REST_LATE
    return full + REST_LATE


def _standing(
    source: Source, region: str, scrape: Scrape | None, limit: timedelta, now: datetime
) -> SourceAge:
    age = scrape.age(now) if scrape else None
    problem = scrape.problem if scrape else ""
    if source in OPTIONAL and scrape and scrape.problem_code == AccessDenied.code:
        standing = Standing.NOT_ALLOWED
    elif age is None:
        standing = Standing.NEVER
    elif age > limit:
        standing = Standing.STALE
    else:
        standing = Standing.BROKEN if problem else Standing.FRESH
    return SourceAge(source, region, standing, age, limit, problem)
