"""System Monitor: the ten components, how each stands, and what each said last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import mean

from django.http import QueryDict
from django.utils import timezone

from apps.accounts.pages import AdminPage
from atharva.web.figures import Spark, sparkline
from atharva.web.lists import ListPage, address

from ..health.standing import Standing, counts, lines, standings
from ..health.wording import milliseconds
from ..models import ComponentEvent
from ..statuses import ComponentStatus
from .statuses import ICONS, summary


@dataclass(frozen=True, slots=True)
class Filter:
    """How many components stand so; following `href` shows them alone, or all again."""

    status: ComponentStatus
    icon: str
    count: int
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One component. `latency` is the average of what the sparkline shows."""

    standing: Standing
    icon: str
    uptime: str
    latency: str
    spark: Spark | None
    lines: Sequence[ComponentEvent]


class SystemMonitor(ListPage, AdminPage):
    template_name = "pipeline/system_monitor.html"
    rows_template = "pipeline/parts/monitor.html"

    def context(self) -> dict[str, object]:
        now = timezone.now()
        every = standings(now)
        asked = self.request.GET.get("status", "")
        shown = [each for each in every if asked in ("", each.status)] if asked in ComponentStatus else every
        told = lines(shown)
        return {
            "page_title": "System Monitor",
            "now": now,
            "answer": summary(counts(every)),
            "asked": asked,
            "filters": filters(every, asked, self.request.GET),
            "cards": [card(each, told[each.key]) for each in shown],
        }


def filters(every: Sequence[Standing], asked: str, query: QueryDict) -> list[Filter]:
    """The three counts; the one that is on leads back to all."""
    return [
        Filter(
            status=status,
            icon=ICONS[status],
            count=count,
            href=address(query, status="" if asked == status else status),
            is_on=asked == status,
        )
        for status, count in counts(every).items()
    ]


def card(standing: Standing, told: Sequence[ComponentEvent]) -> Card:
    known = standing.latencies
    answers = standing.latency_ms is not None and bool(known)
    return Card(
        standing=standing,
        icon=ICONS[standing.status],
        uptime=days_and_hours(standing.uptime),
        latency=milliseconds(mean(known)) if answers else "",
        spark=sparkline(known) if answers else None,
        lines=told,
    )


def days_and_hours(length: timedelta) -> str:
    """`12 d 5 h`, `5 h 12 min`, `12 min`: the two largest units."""
    minutes = int(length.total_seconds()) // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
