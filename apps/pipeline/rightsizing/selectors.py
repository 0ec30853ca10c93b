"""What was seen of a cluster's workloads, for pages and API."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from ..models import WorkloadUsage
from ..models.usage import HOURS_A_MONTH
from .histograms import since

ADVISED = ~Q(advice={})


def usage_of(rows: QuerySet[WorkloadUsage], *, advised: bool | None) -> QuerySet[WorkloadUsage]:
    """The rows without their histograms; `advised`: only those with advice (True), without (False), all."""
    shown = rows.defer("cpu", "memory").order_by("-saving_hourly_usd", "pk")
    return shown if advised is None else shown.filter(ADVISED if advised else ~ADVISED)


@dataclass(frozen=True, slots=True)
class Rightsized:
    """A cluster's workloads together. `days`: how long they were watched; 0 where nothing was seen yet."""

    containers: int
    advised: int
    monthly_usd: Decimal
    saving_monthly_usd: Decimal
    days: float
    last_at: datetime | None


def rightsized(rows: QuerySet[WorkloadUsage]) -> Rightsized:
    """One query."""
    found = rows.order_by().aggregate(
        containers=Count("pk"),
        advised=Count("pk", filter=ADVISED),
        hourly=Sum("hourly_usd"),
        saving=Sum("saving_hourly_usd"),
        first_at=Min("first_at"),
        last_at=Max("last_at"),
    )
    return Rightsized(
        containers=found["containers"],
        advised=found["advised"],
        monthly_usd=(found["hourly"] or Decimal()) * HOURS_A_MONTH,
        saving_monthly_usd=(found["saving"] or Decimal()) * HOURS_A_MONTH,
        days=since(found["first_at"], found["last_at"]) if found["last_at"] else 0.0,
        last_at=found["last_at"],
    )
