"""The market as the product scraped it: once a session for real, then copied into each test's database."""

from dataclasses import dataclass, field

from django.db import models

from apps.fleet.models import CloudAccount, InstanceType, Pool, PricePoint
from apps.pipeline.market import scrape_region

BATCH = 5000


@dataclass(slots=True)
class MarketCopy:
    """What the first scrape of the session brought."""

    rows: dict[type[models.Model], list[models.Model]] = field(default_factory=dict)

    def bring(self, account: CloudAccount, region: str) -> None:
        """Have the market of `region` in the database."""
        if not self.rows:
            scrape_region(account, region)
            kinds = (InstanceType, Pool, PricePoint)
            self.rows = {kind: list(kind._default_manager.all()) for kind in kinds}
            return
        for kind, rows in self.rows.items():
            kind._default_manager.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


COPY = MarketCopy()
