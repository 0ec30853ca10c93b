"""Every pool's risk is fresh, and can be computed from its evidence."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min

from apps.fleet.models import Pool
from apps.fleet.statuses import Lifecycle
from apps.mlops.services.risk import risk_of

from ...market.cycles import SHORT_CYCLE
from ...market.scraping import regions_to_scrape
from ..finding import Complaint, Finding, degraded
from ..processes import absent
from ..schedules import every, following
from ..wording import counted, milliseconds, named, span
from .market import patience

LIMIT_MS = 500.0


def check(now: datetime) -> Finding:
    """The ages of the risks by region; the riskiest pool is scored as a sample, and nothing is written."""
    spot = Pool.objects.filter(lifecycle=Lifecycle.SPOT, region__in=regions_to_scrape())
    regions = list(
        spot.order_by("region")
        .values("region")
        .annotate(pools=Count("pk"), scored=Count("risk_at"), oldest=Min("risk_at"), newest=Max("risk_at"))
    )
    took = _sample(now)
    gap = every(SHORT_CYCLE)
    worked_at = max((row["newest"] for row in regions if row["newest"]), default=None)
    scored = sum(row["scored"] for row in regions)
    return Finding(
        f"{counted(scored, 'spot pool')} scored in {counted(len(regions), 'region')}"
        + (f"; a sample took {milliseconds(took)}." if took is not None else "."),
        [*absent(["worker_ingest"], now), *_complaints(regions, gap, now)],
        latency_ms=took,
        limit_ms=LIMIT_MS,
        worked_at=worked_at,
        next_at=following(worked_at, gap),
    )


def _sample(now: datetime) -> float | None:
    """Milliseconds that the riskiest pool's risk takes from its evidence; None where there is no pool."""
    pool = Pool.objects.filter(lifecycle=Lifecycle.SPOT).order_by("-interruption_probability").first()
    if pool is None:
        return None
    began = time.perf_counter()
    risk_of(pool, now=now)
    return 1000 * (time.perf_counter() - began)


def _complaints(
    regions: Sequence[Mapping[str, Any]], gap: timedelta | None, now: datetime
) -> Iterator[Complaint]:
    old = [row["region"] for row in regions if row["newest"] and now - row["newest"] > patience(gap)]
    never = [row["region"] for row in regions if not row["newest"]]
    if old:
        oldest = min(row["newest"] for row in regions if row["region"] in old)
        yield degraded(f"The risks of {named(old)} are {span(now - oldest)} old.")
    if never:
        yield degraded(f"No pool of {named(never)} has a risk yet.")
