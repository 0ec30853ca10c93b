"""Keeping account of each source: what was tried, what it brought, why it failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.utils import timezone

from atharva.api.problems import Problem

from ..health.activity import note
from ..models import Scrape, Source
from ..statuses import ComponentKey

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Attempt:
    """One attempt at a source; the block under `recorded` fills in what it brought."""

    scrape: Scrape
    rows: int = 0
    changed: bool = False
    etag: str = ""

    @property
    def last_success(self) -> datetime | None:
        return self.scrape.succeeded_at


@contextmanager
def recorded(source: Source, region: str) -> Iterator[Attempt]:
    """Store how the block fared. A Problem is written down in its own sentence and goes no further."""
    scrape, _ = Scrape.objects.update_or_create(
        source=source, region=region, defaults={"started_at": timezone.now(), "finished_at": None}
    )
    attempt = Attempt(scrape, etag=scrape.etag)
    try:
        yield attempt
    except Problem as problem:
        _store(attempt, problem.sentence, problem.code)
        log.warning("source failed", source=str(source), region=region, problem=problem.sentence)
    else:
        _store(attempt)


def _store(attempt: Attempt, problem: str = "", code: str = "") -> None:
    now = timezone.now()
    scrape = attempt.scrape
    scrape.finished_at, scrape.problem, scrape.problem_code = now, problem[:400], code
    if not problem:
        scrape.succeeded_at, scrape.rows, scrape.etag = now, attempt.rows, attempt.etag
        scrape.changed_at = now if attempt.changed else scrape.changed_at
    scrape.save()
    _tell(scrape)


def _tell(scrape: Scrape) -> None:
    what = f"{scrape.get_source_display()} of {scrape.region}"
    if scrape.problem:
        note(ComponentKey.PRICE_SCRAPER, f"{what}: {scrape.problem}", level="error")
    elif scrape.started_at and scrape.finished_at:
        took = (scrape.finished_at - scrape.started_at).total_seconds()
        note(ComponentKey.PRICE_SCRAPER, f"{what}: {scrape.rows:,} new rows in {took:.1f} s")
