"""Writing a round of findings down: what changed is an event with a time, and told live."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from statistics import median

from django.db import transaction

from atharva.live import publish, streams

from ..models import Component, ComponentEvent
from ..statuses import ComponentKey, ComponentStatus
from .finding import CRITICAL, DEGRADED, HEALTHY, Finding
from .wording import clock, milliseconds, span

# A card that was not looked at for so long says so, and nothing else.
STALE = timedelta(seconds=30)
REMEMBERED = 60  # latencies
JUDGED = 3  # of them, so that one slow answer is no change of state
UNWELL_SAID_EVERY, WELL_SAID_EVERY = timedelta(seconds=30), timedelta(minutes=1)
LEVELS: Mapping[str, str] = {HEALTHY: "info", DEGRADED: "warning", CRITICAL: "error"}
# Their work leaves lines of its own while all is well.
TELL_THEIR_WORK = frozenset(
    {
        ComponentKey.PRICE_SCRAPER,
        ComponentKey.RISK_ENGINE,
        ComponentKey.COST_OPTIMIZER,
        ComponentKey.METRIC_INGESTOR,
    }
)


@transaction.atomic
def record_round(findings: Mapping[ComponentKey, Finding], now: datetime) -> None:
    """Write what was found of each component."""
    known = {row.key: row for row in Component.objects.select_for_update().filter(key__in=findings)}
    for key, finding in findings.items():
        before = _before(known.get(key), now)
        row = known.get(key) or Component(key=key, changed_at=now)
        _measure(row, finding, now)
        status, detail = _judged(row, finding)
        row.detail = detail[:400]
        changed = status != before
        if changed:
            row.status, row.changed_at = status, now
        if status == CRITICAL:
            row.recovered_at = None
        elif row.recovered_at is None or before == CRITICAL:
            row.recovered_at = now
        row.save()
        if changed:
            _change(row, before, now)
        else:
            _say(row, now)


def record_outage(key: ComponentKey, since: datetime, until: datetime) -> None:
    """Write down afterwards that a component did not answer: then nothing could be written.

    The state it has now is the next round's to find.
    """
    text = f"Did not answer from {clock(since)} to {clock(until)}, {span(until - since)} in all."
    found = Component.objects.filter(key=key).first()
    if found is None:
        return
    ComponentEvent.objects.create(
        component=found, at=since, level="error", text=text, status=CRITICAL, previous=found.status
    )
    Component.objects.filter(key=key).update(
        status=CRITICAL, changed_at=since, recovered_at=None, detail=text, checked_at=until
    )


def _before(row: Component | None, now: datetime) -> str:
    """The state that was shown until now; empty before the first check."""
    if row is None:
        return ""
    return CRITICAL if now - row.checked_at > STALE else row.status


def _measure(row: Component, finding: Finding, now: datetime) -> None:
    # What does not answer has no latency, even where a part of it does.
    row.checked_at, row.latency_ms = now, None if finding.status == CRITICAL else finding.latency_ms
    if row.latency_ms is not None:
        row.latencies = [*row.latencies, round(row.latency_ms, 2)][-REMEMBERED:]
    row.worked_at, row.next_at = finding.worked_at or row.worked_at, finding.next_at
    row.in_flight, row.capacity, row.unit = finding.in_flight, finding.capacity, finding.unit


def _judged(row: Component, finding: Finding) -> tuple[ComponentStatus, str]:
    """The state and its sentence; slower than its limit is degraded."""
    if finding.status == HEALTHY and finding.limit_ms is not None and len(row.latencies) >= JUDGED:
        usual = median(row.latencies[-JUDGED:])
        if usual > finding.limit_ms:
            return DEGRADED, (
                f"Slow: {milliseconds(usual)}; its limit is {milliseconds(finding.limit_ms)}. {finding.facts}"
            )
    return finding.status, finding.detail


def _change(row: Component, before: str, now: datetime) -> None:
    ComponentEvent.objects.create(
        component=row, at=now, level=LEVELS[row.status], text=row.detail, status=row.status, previous=before
    )
    transaction.on_commit(
        partial(
            publish,
            streams.ADMIN,
            "component_changed",
            component=row.key,
            status=row.status,
            previous=before or None,
        )
    )


def _say(row: Component, now: datetime) -> None:
    """A line now and then of what was measured, so that a log without work is not empty."""
    if row.status == HEALTHY and row.key in TELL_THEIR_WORK:
        return
    gap = WELL_SAID_EVERY if row.status == HEALTHY else UNWELL_SAID_EVERY
    said = row.events.filter(at__gt=now - gap)
    if not said.exists():
        ComponentEvent.objects.create(component=row, at=now, level=LEVELS[row.status], text=row.detail)
