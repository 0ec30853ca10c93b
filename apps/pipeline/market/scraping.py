"""Scraping a region's market: every source in turn, a failing one without harm to the others."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from apps.fleet.cloud import cloud_in
from apps.fleet.models import CloudAccount, Pool
from apps.mlops.services.risk import score_pools

from ..locks import only_one
from ..models import Scrape, Source
from .advisor import refresh_advisor
from .catalog import refresh_offerings
from .prices import refresh_on_demand_prices, refresh_spot_prices
from .recording import recorded

# Spot prices are asked for at every scrape; the rest changes by the day.
EVERY = {
    Source.OFFERINGS: timedelta(days=1),
    Source.ON_DEMAND_PRICES: timedelta(days=1),
    Source.SPOT_ADVISOR: timedelta(hours=6),
}
RETRY = timedelta(minutes=10)


def scrape_region(account: CloudAccount, region: str, *, backfill: timedelta | None = None) -> list[Scrape]:
    """Bring a region's market up to date through one account and score its pools; how each source stands.

    Prices come last: they are what clusters are decided on, and by then everything else is in place.
    Raises AlreadyRunning where another worker scrapes the region.
    """
    with only_one(f"scrape of {region}"):
        now = timezone.now()
        due = set(_due(region, now))
        if Source.OFFERINGS in due:
            with recorded(Source.OFFERINGS, region) as attempt:
                refresh_offerings(cloud_in(account, region), region, attempt)
        if Source.SPOT_ADVISOR in due:
            with recorded(Source.SPOT_ADVISOR, region) as attempt:
                refresh_advisor(region, attempt)
        if Source.ON_DEMAND_PRICES in due or _lacks_on_demand(region, now):
            with recorded(Source.ON_DEMAND_PRICES, region) as attempt:
                refresh_on_demand_prices(cloud_in(account, region), region, attempt, now=now)
        score_pools(region, now=now)
        with recorded(Source.SPOT_PRICES, region) as attempt:
            refresh_spot_prices(cloud_in(account, region), region, attempt, now=now, backfill=backfill)
    return list(Scrape.objects.filter(region=region))


def regions_to_scrape() -> dict[str, CloudAccount]:
    """Every region of a connected account, with the account to ask. Prices are the same for all: one does."""
    accounts = CloudAccount.objects.in_use().order_by(
        Case(When(problem="", then=Value(0)), default=Value(1)), "created_at"
    )
    chosen: dict[str, CloudAccount] = {}
    for account in accounts:
        for region in account.regions:
            chosen.setdefault(region, account)
    return chosen


def _due(region: str, now: datetime) -> Iterator[Source]:
    scrapes = {scrape.source: scrape for scrape in Scrape.objects.filter(region=region)}
    for source, every in EVERY.items():
        scrape = scrapes.get(source)
        if scrape is None or scrape.started_at is None:
            yield source
            continue
        is_well = scrape.succeeded_at is not None and not scrape.problem
        if now - scrape.started_at >= (every if is_well else RETRY):
            yield source


def _lacks_on_demand(region: str, now: datetime) -> bool:
    """Whether a pool that AWS could sell has no on-demand price, and that was not asked a moment ago."""
    asked = Q(source=Source.ON_DEMAND_PRICES, region=region, started_at__gt=now - RETRY)
    lacking = Pool.objects.filter(region=region, on_demand_hourly_usd=None)
    return lacking.exists() and not Scrape.objects.filter(asked).exists()
