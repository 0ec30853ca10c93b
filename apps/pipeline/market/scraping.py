"""Scraping a region's market: every source in turn, a failing one without harm to the others."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from apps.fleet.cloud import cloud_in
from apps.fleet.errors import AccessDenied
from apps.fleet.models import CloudAccount, Cluster, Instance, Pool
from apps.fleet.statuses import InstanceState
from apps.mlops.services.risk import score_pools

from ..health.activity import note
from ..locks import only_one
from ..models import Scrape, Source
from ..statuses import ComponentKey
from .advisor import refresh_advisor
from .ages import OPTIONAL
from .catalog import refresh_offerings
from .placement import QUESTIONS_A_DAY, Families, families_in_use, refresh_placement_scores
from .prices import refresh_on_demand_prices, refresh_spot_prices
from .quotas import accounts_with_clusters, refresh_quotas
from .recording import recorded

# Spot prices are asked for at every scrape; the rest changes by the day.
EVERY = {
    Source.OFFERINGS: timedelta(hours=12),
    Source.ON_DEMAND_PRICES: timedelta(hours=12),
    Source.SPOT_ADVISOR: timedelta(hours=6),
    Source.QUOTAS: timedelta(hours=12),
    Source.PLACEMENT_SCORES: timedelta(days=1),
}
# AWS answers few different questions on placement a day: those are asked when they are due, never before.
IN_FULL = frozenset(EVERY) - {Source.PLACEMENT_SCORES}
RETRY = timedelta(minutes=10)
# A full scrape also closes gaps that the short ones have left since the last.
FULL_WINDOW = timedelta(hours=13)


def scrape_region(account: CloudAccount, region: str, *, backfill: timedelta | None = None) -> list[Scrape]:
    """Bring a region's market up to date through one account and score its pools; how each source stands.

    Raises AlreadyRunning where another worker scrapes the region.
    """
    with only_one(f"scrape of {region}"):
        now = timezone.now()
        _scrape(account, region, set(_due(region, now)), now, backfill)
    return list(Scrape.objects.filter(region=region))


def scrape_in_full(account: CloudAccount, region: str) -> list[Scrape]:
    """As scrape_region, with every source whether it is due or not."""
    with only_one(f"scrape of {region}"):
        now = timezone.now()
        _scrape(account, region, {*_due(region, now), *IN_FULL}, now, FULL_WINDOW)
    return list(Scrape.objects.filter(region=region))


def _scrape(
    account: CloudAccount, region: str, due: Collection[Source], now: datetime, backfill: timedelta | None
) -> None:
    """Prices come last: they are what clusters are decided on, and by then everything else is in place."""
    cloud = cloud_in(account, region)
    if Source.OFFERINGS in due:
        with recorded(Source.OFFERINGS, region) as attempt:
            refresh_offerings(cloud, region, attempt)
    if Source.SPOT_ADVISOR in due:
        with recorded(Source.SPOT_ADVISOR, region) as attempt:
            refresh_advisor(region, attempt)
    if Source.ON_DEMAND_PRICES in due or _lacks_on_demand(region, now):
        with recorded(Source.ON_DEMAND_PRICES, region) as attempt:
            refresh_on_demand_prices(cloud, region, attempt, now=now)
    if Source.QUOTAS in due and (accounts := accounts_with_clusters(region)):
        with recorded(Source.QUOTAS, region) as attempt:
            refresh_quotas(accounts, region, attempt, now=now)
    if Source.PLACEMENT_SCORES in due and (families := _families_to_score(account, region, now)):
        with recorded(Source.PLACEMENT_SCORES, region) as attempt:
            refresh_placement_scores(cloud, region, families, attempt, now=now)
    scored = score_pools(region, now=now)
    note(ComponentKey.RISK_ENGINE, f"Scored {scored:,} pools of {region}")
    with recorded(Source.SPOT_PRICES, region) as attempt:
        refresh_spot_prices(cloud, region, attempt, now=now, backfill=backfill)


def _families_to_score(account: CloudAccount, region: str, now: datetime) -> Families:
    """An account's questions of a day are shared out among its regions."""
    most = max(QUESTIONS_A_DAY // max(len(account.regions), 1), 1)
    return families_in_use(region, most=most, now=now)


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


def regions_in_use() -> dict[str, CloudAccount]:
    """Those of regions_to_scrape where something runs, and those that were never scraped.

    They are read on the short cycle; the others in full only, twice a day.
    """
    used = {
        *Cluster.objects.in_use().values_list("region", flat=True),
        *Instance.objects.exclude(state=InstanceState.TERMINATED)
        .order_by()
        .values_list("region", flat=True)
        .distinct(),
    }
    known = set(Scrape.objects.filter(source=Source.SPOT_PRICES).values_list("region", flat=True))
    return {
        region: account
        for region, account in regions_to_scrape().items()
        if region in used or region not in known
    }


def _due(region: str, now: datetime) -> Iterator[Source]:
    scrapes = {scrape.source: scrape for scrape in Scrape.objects.filter(region=region)}
    for source, every in EVERY.items():
        scrape = scrapes.get(source)
        if scrape is None or scrape.started_at is None:
            yield source
            continue
        kept_to_itself = source in OPTIONAL and scrape.problem_code == AccessDenied.code
        is_well = kept_to_itself or (scrape.succeeded_at is not None and not scrape.problem)
        is_due = now - scrape.started_at >= (every if is_well else RETRY)
        if is_due or (source is Source.QUOTAS and _has_new_cluster(region, scrape.started_at)):
            yield source


def _has_new_cluster(region: str, since: datetime) -> bool:
    """Whether a cluster was connected there since: its account's quotas were not read yet."""
    return Cluster.objects.in_use().filter(region=region, created_at__gt=since).exists()


def _lacks_on_demand(region: str, now: datetime) -> bool:
    """Whether a pool that AWS could sell has no on-demand price, and that was not asked a moment ago."""
    asked = Q(source=Source.ON_DEMAND_PRICES, region=region, started_at__gt=now - RETRY)
    lacking = Pool.objects.filter(region=region, on_demand_hourly_usd=None)
    return lacking.exists() and not Scrape.objects.filter(asked).exists()
