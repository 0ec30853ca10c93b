"""The four figures of the whole platform (rows 2.1 to 2.5), each with its last day by the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, FloatField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Extract, Floor

from apps.fleet.models import CostEntry, Instance, Notification, Switch
from apps.fleet.statuses import NoticeKind, SwitchState

from .figures import Figures, share_pct
from .trends import Trend

HOUR = timedelta(hours=1)
DAY_HOURS = 24
RISKS = (NoticeKind.REBALANCE, NoticeKind.TERMINATION)
SAVED = F("baseline_usd") - F("paid_usd")


@dataclass(frozen=True, slots=True)
class ActiveInstances:
    value: int
    trend: Trend
    hours: Sequence[float]


@dataclass(frozen=True, slots=True)
class RiskDetected:
    """Notices of rebalance and termination within 24 hours."""

    value: int
    by_type: dict[str, int]
    trend: Trend
    hours: Sequence[float]


@dataclass(frozen=True, slots=True)
class CostSavings:
    """USD saved this month and by the hour now; the trend compares the hour with that of yesterday."""

    hourly_usd: Decimal
    monthly_usd: Decimal
    pct: float
    trend: Trend
    hours: Sequence[float]


@dataclass(frozen=True, slots=True)
class Optimizations:
    """Switches completed: ever, and within 24 hours."""

    value: int
    last_24h: int
    trend: Trend
    hours: Sequence[float]


@dataclass(frozen=True, slots=True)
class Overview:
    active_instances: ActiveInstances
    risk_detected: RiskDetected
    cost_savings: CostSavings
    optimizations: Optimizations


def overview(fleet: Figures, now: datetime) -> Overview:
    """The figures of the platform, whose present ones are known as `fleet`. Six queries."""
    return Overview(
        active_instances=active_instances(now),
        risk_detected=risk_detected(now),
        cost_savings=cost_savings(fleet, now),
        optimizations=optimizations(now),
    )


def active_instances(now: datetime) -> ActiveInstances:
    """Instances in clusters that live now, and that lived at each hour of the last day. One query."""
    times = [now - HOUR * ago for ago in range(DAY_HOURS, -1, -1)]
    known = Instance.objects.filter(
        Q(terminated_at=None) | Q(terminated_at__gt=times[0]), cluster__isnull=False
    )
    counts = known.aggregate(
        **{
            f"at_{index}": Count(
                "pk",
                filter=Q(launched_at__lte=at) & (Q(terminated_at=None) | Q(terminated_at__gt=at)),
            )
            for index, at in enumerate(times)
        }
    )
    hours = [counts[f"at_{index}"] for index in range(len(times))]
    return ActiveInstances(value=hours[-1], trend=Trend(hours[-1], hours[0]), hours=hours)


def risk_detected(now: datetime) -> RiskDetected:
    """One query."""
    rows = _by_hour(Notification.objects.filter(kind__in=RISKS), "created_at", now, "kind")
    recent = [row for row in rows if row["ago"] < DAY_HOURS]
    by_type = {kind.value: sum(row["n"] for row in recent if row["kind"] == kind) for kind in RISKS}
    value = sum(by_type.values())
    return RiskDetected(value, by_type, Trend(value, _total(rows) - value), _hours(recent))


def optimizations(now: datetime) -> Optimizations:
    """Two queries."""
    completed = Switch.objects.filter(state=SwitchState.COMPLETE, finished_at__isnull=False)
    rows = _by_hour(completed, "finished_at", now)
    recent = [row for row in rows if row["ago"] < DAY_HOURS]
    last_24h = _total(recent)
    return Optimizations(
        completed.count(), last_24h, Trend(last_24h, _total(rows) - last_24h), _hours(recent)
    )


def cost_savings(fleet: Figures, now: datetime) -> CostSavings:
    """Two queries."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    sums = CostEntry.objects.filter(starts_at__gte=month).aggregate(
        saved=Sum(SAVED), baseline=Sum("baseline_usd")
    )
    past = saved_by_hour(now)
    present = [float(fleet.saved_hourly_usd)] if fleet.is_priced else []
    return CostSavings(
        hourly_usd=fleet.saved_hourly_usd,
        monthly_usd=sums["saved"] or Decimal(0),
        pct=share_pct(sums["saved"] or Decimal(0), sums["baseline"] or Decimal(0)),
        trend=Trend(present[0], past[0]) if present else Trend(0, None),
        hours=[*(hour for hour in past if hour is not None), *present],
    )


def saved_by_hour(now: datetime) -> list[float | None]:
    """USD saved in each of the last 24 full hours, oldest first; None where the ledger has nothing.

    A day's entry counts evenly in its hours. One query.
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    first = this_hour - HOUR * DAY_HOURS
    rows = (
        CostEntry.objects.filter(starts_at__gte=first - HOUR * DAY_HOURS, starts_at__lt=this_hour)
        .order_by()
        .values("source", "starts_at")
        .annotate(saved=Sum(SAVED))
    )
    hours: list[float | None] = [None] * DAY_HOURS
    for row in rows:
        span = DAY_HOURS if row["source"] == CostEntry.Source.IMPORTED else 1
        begins = (row["starts_at"] - first) // HOUR
        for hour in range(max(0, begins), min(DAY_HOURS, begins + span)):
            hours[hour] = (hours[hour] or 0.0) + float(row["saved"]) / span
    return hours


def _by_hour(rows: QuerySet[Any], at: str, now: datetime, *group: str) -> list[dict[str, Any]]:
    """How many of `rows` came in each hour of the last two days; `ago` counts hours back from `now`."""
    age = Extract(ExpressionWrapper(Value(now) - F(at), output_field=DurationField()), "epoch")
    return list(
        rows.filter(**{f"{at}__gt": now - HOUR * 2 * DAY_HOURS, f"{at}__lte": now})
        .order_by()
        .annotate(ago=Floor(Cast(age, FloatField()) / 3600.0))
        .values("ago", *group)
        .annotate(n=Count("pk"))
    )


def _total(rows: Sequence[dict[str, Any]]) -> int:
    return sum(row["n"] for row in rows)


def _hours(rows: Sequence[dict[str, Any]]) -> list[float]:
    hours = [0.0] * DAY_HOURS
    for row in rows:
        hours[DAY_HOURS - 1 - int(row["ago"])] += row["n"]
    return hours
