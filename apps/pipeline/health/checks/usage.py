"""What workloads use is sampled."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Max

from ...models import WorkloadUsage
from ..finding import Complaint, Finding, degraded
from ..heartbeats import Pulse, pulse_of
from ..processes import absent
from ..wording import counted, span

SAMPLER = "metric_ingestor"
WINDOW = timedelta(minutes=10)


def check(now: datetime) -> Finding:
    """The age of the newest sample of any workload."""
    found = WorkloadUsage.objects.aggregate(
        rows=Count("pk"), clusters=Count("cluster", distinct=True), last=Max("last_at")
    )
    beat = pulse_of(SAMPLER, now)
    return Finding(
        f"{counted(found['rows'], 'container')} sampled in {counted(found['clusters'], 'cluster')}.",
        [*absent(["worker_ingest"], now), *_complaints(found["last"], beat, now)],
        worked_at=found["last"] or beat.worked_at,
    )


def _complaints(last: datetime | None, beat: Pulse, now: datetime) -> Iterator[Complaint]:
    if last is None:
        why = (beat.last and beat.last.detail) or "no cluster's usage is sampled"
        yield degraded(f"Answers, but has no source yet: {why}.")
    elif now - last > WINDOW:
        yield degraded(f"The newest sample is {span(now - last)} old.")
