"""Every source of the market is scraped in its time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ...market.ages import Standing, sources_of
from ...market.cycles import SHORT_CYCLE
from ...market.scraping import regions_to_scrape
from ...models import Scrape, Source
from ..finding import Complaint, Finding, critical, degraded
from ..processes import absent, slots_of
from ..schedules import every, following
from ..wording import clock, counted, span

USUAL = timedelta(minutes=1)
PATIENCE = 3  # rounds that a scrape may miss
LEAST = timedelta(minutes=5)
RUNS_AT_MOST = timedelta(minutes=5)
UNWELL = (Standing.BROKEN, Standing.STALE, Standing.NEVER)


def check(now: datetime) -> Finding:
    """The ages and problems of the sources of every connected region."""
    regions = sorted(regions_to_scrape())
    scrapes = list(Scrape.objects.filter(region__in=regions))
    gap = every(SHORT_CYCLE)
    prices = [scrape for scrape in scrapes if scrape.source == Source.SPOT_PRICES]
    begun = max((s.started_at for s in scrapes if s.started_at), default=None)
    _, slots = slots_of("worker_ingest", now)
    complaints = absent(["worker_ingest"], now)
    if regions:
        complaints += _late(begun, gap, now)
        complaints += [degraded(s.sentence) for s in sources_of(regions, now) if s.standing in UNWELL]
    return Finding(
        _facts(regions, prices, now),
        complaints,
        latency_ms=max((1000 * took for s in prices if (took := _seconds(s)) is not None), default=None),
        worked_at=max((s.succeeded_at for s in prices if s.succeeded_at), default=None),
        next_at=following(begun, gap),
        in_flight=sum(
            1 for s in scrapes if s.started_at and not s.finished_at and now - s.started_at < RUNS_AT_MOST
        ),
        capacity=slots or None,
        unit="scrapes",
    )


def patience(gap: timedelta | None) -> timedelta:
    """How long after a scrape another must have begun."""
    return max(PATIENCE * (gap or USUAL), LEAST)


def _late(begun: datetime | None, gap: timedelta | None, now: datetime) -> Iterator[Complaint]:
    if gap is None:
        yield degraded("Its schedule is switched off in the back office.")
    if begun is not None and now - begun > patience(gap):
        yield critical(f"Nothing has been scraped since {clock(begun)}.")


def _facts(regions: Sequence[str], prices: Sequence[Scrape], now: datetime) -> str:
    ages = [age for scrape in prices if (age := scrape.age(now)) is not None]
    if not regions:
        return "No account is connected yet, so there is no region to scrape."
    return f"Spot prices of {counted(len(ages), 'region')}, read {span(max(ages, default=timedelta()))} ago."


def _seconds(scrape: Scrape) -> float | None:
    if scrape.started_at is None or scrape.finished_at is None:
        return None
    return (scrape.finished_at - scrape.started_at).total_seconds()
