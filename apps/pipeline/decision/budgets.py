"""How many nodes may be disturbed at once now: disruption budgets, some of which hold only at their times."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

# By how much a zone's clock is ever set forward or back, and a little more.
CLOCK_CHANGE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `max_nodes`, or `max_pct` of the nodes rounded up; the other is None.

    It is for `kinds` of disruption (none named: every voluntary one). With a `cron` (five fields, in
    `time_zone`) it is in force for `duration` from each of its moments, else always.
    """

    name: str
    kinds: frozenset[str] = frozenset()
    max_nodes: int | None = None
    max_pct: int | None = None
    cron: str = ""
    duration: timedelta = timedelta()
    time_zone: str = "UTC"

    def most_of(self, nodes: int) -> int:
        """How many of `nodes` it lets be disturbed at once."""
        if self.max_nodes is not None:
            return self.max_nodes
        return math.ceil(nodes * (self.max_pct or 0) / 100)


@dataclass(frozen=True, slots=True)
class Allowed:
    """How many nodes may be disturbed at once, and the budget that says so."""

    nodes: int
    by: Budget


def allowed_now(budgets: Iterable[Budget], kind: str, nodes: int, now: datetime) -> Allowed | None:
    """The smallest of the budgets in force for a kind of disruption; None where none is."""
    allowed = [Allowed(b.most_of(nodes), b) for b in budgets if concerns(b, kind) and is_in_force(b, now)]
    return min(allowed, key=lambda answer: (answer.nodes, answer.by.name), default=None)


def concerns(budget: Budget, kind: str) -> bool:
    """Whether a budget speaks of that kind of voluntary disruption."""
    return not budget.kinds or kind in budget.kinds


def is_in_force(budget: Budget, now: datetime) -> bool:
    """Whether `now` lies in one of the budget's times; its last second does not."""
    if not budget.cron:
        return True
    began = latest_start(budget.cron, ZoneInfo(budget.time_zone), now)
    return now < began + budget.duration


def latest_start(cron: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The last moment of `cron` up to `now`, in UTC.

    The fields are read on the zone's clock. A moment that the clock skips comes as much later, one that it
    shows twice comes the first time.
    """
    local = now.astimezone(zone).replace(tzinfo=None)
    moments = croniter(cron, local + CLOCK_CHANGE)
    latest: datetime | None = None
    while True:
        shown: datetime = moments.get_prev(datetime)
        began = shown.replace(tzinfo=zone).astimezone(UTC)
        if began <= now:
            latest = began if latest is None else max(latest, began)
        if shown < local - CLOCK_CHANGE and latest is not None:
            return latest


def windows(budget: Budget, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The spans between `begin` and `end` in which the budget is in force, as a page draws them; UTC."""
    if not budget.cron:
        return [(begin, end)]
    zone = ZoneInfo(budget.time_zone)
    local = (begin - budget.duration).astimezone(zone).replace(tzinfo=None)
    moments, spans = croniter(budget.cron, local - CLOCK_CHANGE), list[tuple[datetime, datetime]]()
    while (began := moments.get_next(datetime).replace(tzinfo=zone).astimezone(UTC)) < end:
        over = min(began + budget.duration, end)
        if over <= begin:
            continue
        if spans and began <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], over))
        else:
            spans.append((max(began, begin), over))
    return spans
