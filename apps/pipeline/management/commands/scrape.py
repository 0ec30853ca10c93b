from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.pipeline.market.partitions import RETENTION, keep_partitions
from apps.pipeline.market.scraping import regions_to_scrape, scrape_region
from atharva.api.problems import Problem


class Command(BaseCommand):
    help = "Scrape the market of every connected region now, and score its pools."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--region", help="this region only")
        parser.add_argument("--backfill-days", type=int, default=0, help="bring this much price history too")

    def handle(self, *, region: str | None, backfill_days: int, **_: Any) -> None:
        if not 0 <= backfill_days <= RETENTION.days:
            raise CommandError(f"Prices are kept for {RETENTION.days} days.")
        regions = regions_to_scrape()
        if region is not None and region not in regions:
            raise CommandError(f"No connected account has the region {region}.")
        for name in [region] if region else sorted(regions):
            self._scrape(name, regions, timedelta(days=backfill_days) if backfill_days else None)
        keep_partitions(timezone.now())

    def _scrape(self, region: str, regions: dict[str, Any], backfill: timedelta | None) -> None:
        try:
            scrapes = scrape_region(regions[region], region, backfill=backfill)
        except Problem as problem:
            raise CommandError(problem.sentence) from problem
        for scrape in scrapes:
            result = scrape.problem or f"{scrape.rows} rows"
            self.stdout.write(f"{region} {scrape.get_source_display()}: {result}")
