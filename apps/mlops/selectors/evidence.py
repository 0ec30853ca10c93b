"""What the risk model rests on and says now: pools scored, hours run, what happened in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, DurationField, F, Max, Min, Q, Sum
from django.db.models.functions import Coalesce, Greatest, Least

from apps.fleet.models import Instance, Pool, PoolEvent
from apps.fleet.statuses import InstanceState, Lifecycle

OBSERVED_OVER = timedelta(days=7)
HOUR = timedelta(hours=1)

# Upper bounds of the probability within an hour; the last band is open.
BANDS = (("below 0.01 %", 0.0001), ("0.01 to 0.1 %", 0.001), ("0.1 to 1 %", 0.01), ("1 to 5 %", 0.05))
LAST_BAND = "5 % and above"


@dataclass(frozen=True, slots=True)
class Scored:
    """How many spot pools have a risk, of how many, and when they got it."""

    pools: int
    scored: int
    regions: int
    oldest_at: datetime | None
    newest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Band:
    """Spot pools whose probability of an interruption within the hour lies in one range."""

    label: str
    pools: int
    share_pct: float


@dataclass(frozen=True, slots=True)
class Observed:
    """What befell spot nodes within OBSERVED_OVER."""

    node_hours: float
    interruptions: int
    rebalances: int
    no_capacity: int

    @property
    def per_thousand_hours(self) -> float | None:
        """Interruptions per 1,000 node-hours; None where nothing ran."""
        return 1000 * self.interruptions / self.node_hours if self.node_hours else None


@dataclass(frozen=True, slots=True)
class Expected:
    """What the model expects of the spot nodes that run now. `unscored` nodes are in no scored pool."""

    nodes: int
    unscored: int
    interruptions_next_hour: float

    @property
    def per_thousand_hours(self) -> float | None:
        """The same as a rate; None where no node of a scored pool runs."""
        known = self.nodes - self.unscored
        return 1000 * self.interruptions_next_hour / known if known else None


def scored() -> Scored:
    """One query."""
    spot = Pool.objects.filter(lifecycle=Lifecycle.SPOT)
    return Scored(
        **spot.aggregate(
            pools=Count("pk"),
            scored=Count("pk", filter=Q(interruption_probability__isnull=False)),
            regions=Count("region", distinct=True),
            oldest_at=Min("risk_at"),
            newest_at=Max("risk_at"),
        )
    )


def bands() -> list[Band]:
    """The scored spot pools by range of risk, the calm ones first. One query."""
    spot = Pool.objects.filter(lifecycle=Lifecycle.SPOT, interruption_probability__isnull=False)
    bounds = [0.0, *(upper for _, upper in BANDS), 1.01]
    counts = spot.aggregate(
        **{
            f"band_{index}": Count(
                "pk",
                filter=Q(interruption_probability__gte=low, interruption_probability__lt=high),
            )
            for index, (low, high) in enumerate(zip(bounds, bounds[1:], strict=False))
        }
    )
    total = sum(counts.values())
    labels = [*(label for label, _ in BANDS), LAST_BAND]
    return [
        Band(label, counts[f"band_{index}"], round(100 * counts[f"band_{index}"] / total, 1) if total else 0)
        for index, label in enumerate(labels)
    ]


def observed(now: datetime) -> Observed:
    """Two queries."""
    since = now - OBSERVED_OVER
    ran = (
        Instance.objects.filter(lifecycle=Lifecycle.SPOT, cluster__isnull=False, launched_at__lt=now)
        .filter(Q(terminated_at=None) | Q(terminated_at__gt=since))
        .annotate(ran=Least(Coalesce("terminated_at", now), now) - Greatest("launched_at", since))
        .aggregate(total=Sum("ran", output_field=DurationField()))["total"]
    )
    kinds = PoolEvent.Kind
    events = dict(PoolEvent.objects.filter(at__gt=since).order_by().values_list("kind").annotate(Count("pk")))
    return Observed(
        node_hours=(ran or timedelta()) / HOUR,
        interruptions=events.get(kinds.INTERRUPTION, 0),
        rebalances=events.get(kinds.REBALANCE, 0),
        no_capacity=events.get(kinds.NO_CAPACITY, 0),
    )


def expected() -> Expected:
    """One query."""
    running = Instance.objects.filter(
        lifecycle=Lifecycle.SPOT, state__in=(InstanceState.RUNNING, InstanceState.DRAINING)
    ).exclude(node_name="")
    found = running.aggregate(
        nodes=Count("pk"),
        unscored=Count("pk", filter=Q(pool__interruption_probability=None)),
        total=Sum(F("pool__interruption_probability")),
    )
    return Expected(found["nodes"], found["unscored"], found["total"] or 0.0)
