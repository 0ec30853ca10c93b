"""Scraping the market."""

from uuid import UUID

import structlog
from django.utils import timezone

from apps.fleet.models import CloudAccount
from celery_app import app

from ..errors import AlreadyRunning
from ..market import regions_in_use, regions_to_scrape, scrape_in_full, scrape_region
from ..market.partitions import keep_partitions

log = structlog.get_logger(__name__)


@app.task(queue="ingest")
def sweep_market() -> None:
    for region, account in regions_in_use().items():
        scrape_market.delay(str(account.pk), region)


@app.task(queue="ingest")
def sweep_market_in_full() -> None:
    for region, account in regions_to_scrape().items():
        scrape_market_in_full.delay(str(account.pk), region)


@app.task(queue="ingest")
def scrape_market(account_id: str, region: str) -> None:
    try:
        scrape_region(CloudAccount.objects.get(pk=UUID(account_id)), region)
    except AlreadyRunning as running:
        log.info("scrape skipped", region=region, why=running.sentence)


@app.task(queue="ingest")
def scrape_market_in_full(account_id: str, region: str) -> None:
    try:
        scrape_in_full(CloudAccount.objects.get(pk=UUID(account_id)), region)
    except AlreadyRunning as running:
        log.info("scrape in full put off", region=region, why=running.sentence)


@app.task
def keep_price_partitions() -> None:
    keep_partitions(timezone.now())
