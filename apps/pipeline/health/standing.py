"""How the ten components stand, as pages and the API show it. What was not checked of late does not stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from ..models import Component, ComponentEvent
from ..statuses import ComponentKey, ComponentStatus
from .recording import STALE
from .wording import clock

LINES, LINES_UNWELL = 5, 10


@dataclass(frozen=True, slots=True)
class Standing:
    """One component. `latency_ms` is the last measurement; `latencies` are the last ones, oldest first."""

    key: ComponentKey
    status: ComponentStatus
    detail: str
    uptime: timedelta
    changed_at: datetime | None
    checked_at: datetime | None
    latency_ms: float | None = None
    latencies: Sequence[float] = ()
    worked_at: datetime | None = None
    next_at: datetime | None = None
    in_flight: float | None = None
    capacity: float | None = None
    unit: str = ""
    is_checked: bool = True

    @property
    def name(self) -> str:
        return self.key.label

    @property
    def uptime_seconds(self) -> float:
        return self.uptime.total_seconds()

    @property
    def logs_limit(self) -> int:
        """How many lines are shown: more while something is wrong."""
        return LINES if self.status == ComponentStatus.HEALTHY else LINES_UNWELL

    @property
    def logs_since(self) -> datetime | None:
        """While something is wrong, the lines since it went wrong."""
        is_well = self.status == ComponentStatus.HEALTHY
        return None if is_well or not self.is_checked else self.changed_at


def standings(now: datetime) -> list[Standing]:
    """All ten, in the order of the requirements. One query."""
    rows = {row.key: row for row in Component.objects.all()}
    return [_standing(key, rows.get(key), now) for key in ComponentKey]


def standing_of(key: ComponentKey, now: datetime) -> Standing:
    """One component. One query."""
    return _standing(key, Component.objects.filter(key=key).first(), now)


def counts(shown: Sequence[Standing]) -> dict[ComponentStatus, int]:
    """How many stand how, for every status."""
    return {status: sum(1 for each in shown if each.status == status) for status in ComponentStatus}


def lines(shown: Sequence[Standing]) -> dict[ComponentKey, list[ComponentEvent]]:
    """The last lines of each, the newest first. One query."""
    parts = [lines_of(each) for each in shown]
    found: dict[ComponentKey, list[ComponentEvent]] = {each.key: [] for each in shown}
    for line in parts[0].union(*parts[1:], all=True) if parts else ():
        found[ComponentKey(line.component_id)].append(line)
    for each in found.values():
        each.sort(key=lambda line: (line.at, line.pk), reverse=True)
    return found


def lines_of(standing: Standing, limit: int | None = None) -> QuerySet[ComponentEvent]:
    """A component's lines, the newest first: `limit` of them, or as many as its state asks for."""
    events = ComponentEvent.objects.filter(component_id=standing.key).order_by("-at", "-id")
    if limit is not None:
        return events[:limit]
    if standing.logs_since:
        events = events.filter(at__gte=standing.logs_since)
    return events[: standing.logs_limit]


def _standing(key: ComponentKey, row: Component | None, now: datetime) -> Standing:
    if row is None:
        return _unchecked(key, "Was never checked: `manage.py watch_health` does not run.", None)
    if now - row.checked_at > STALE:
        return _unchecked(
            key,
            f"Not checked since {clock(row.checked_at)}: `manage.py watch_health` does not run.",
            row.checked_at,
        )
    return Standing(
        key=key,
        status=ComponentStatus(row.status),
        detail=row.detail,
        uptime=row.uptime(now),
        changed_at=row.changed_at,
        checked_at=row.checked_at,
        latency_ms=row.latency_ms,
        latencies=row.latencies,
        worked_at=row.worked_at,
        next_at=row.next_at,
        in_flight=row.in_flight,
        capacity=row.capacity,
        unit=row.unit,
    )


def _unchecked(key: ComponentKey, detail: str, checked_at: datetime | None) -> Standing:
    return Standing(
        key=key,
        status=ComponentStatus.CRITICAL,
        detail=detail,
        uptime=timedelta(),
        changed_at=checked_at,
        checked_at=checked_at,
        is_checked=False,
    )
