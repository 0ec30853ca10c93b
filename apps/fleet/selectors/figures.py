"""What each cluster has and what it costs at this moment: counted and summed by the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from apps.fleet.models import Cluster, Instance, Policy, Switch
from apps.fleet.statuses import InstanceState, Lifecycle

from .health import Health, health_of

# An instance that has not joined by then is not booting any more.
JOINS_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of living instances, and USD an hour at the prices in force. They add up."""

    clusters: int = 0
    nodes: int = 0
    spot: int = 0
    not_ready: int = 0
    interrupted: int = 0
    moving: int = 0
    unreachable: int = 0
    baseline_hourly_usd: Decimal = Decimal(0)
    paid_hourly_usd: Decimal = Decimal(0)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__}
        )

    @property
    def on_demand(self) -> int:
        return self.nodes - self.spot

    @property
    def saved_hourly_usd(self) -> Decimal:
        return self.baseline_hourly_usd - self.paid_hourly_usd

    @property
    def is_priced(self) -> bool:
        """Whether any price is known; before the first scrape of the market none is."""
        return self.baseline_hourly_usd > 0

    @property
    def saved_pct(self) -> float:
        """Share of the on-demand price that is not paid, 0 to 100."""
        return share_pct(self.saved_hourly_usd, self.baseline_hourly_usd)

    @property
    def health(self) -> Health:
        return health_of(
            nodes=self.nodes,
            not_ready=self.not_ready,
            interrupted=self.interrupted,
            moving=self.moving,
            unreachable=self.unreachable,
        )


@dataclass(frozen=True, slots=True)
class ClusterFigures:
    """A cluster, its rules of moving (None where it has none yet), and its figures."""

    id: UUID
    client_id: UUID
    name: str
    region: str
    decided_at: datetime | None
    policy: Policy | None
    types: int
    zones: int
    figures: Figures


def share_pct(part: Decimal, whole: Decimal) -> float:
    """`part` of `whole` in percent; 0 where there is no whole."""
    return float(100 * part / whole) if whole else 0.0


def total(figures: Iterable[Figures]) -> Figures:
    """The figures of several clusters as one."""
    return sum(figures, Figures())


def clusters_with_figures(clusters: QuerySet[Cluster], now: datetime) -> list[ClusterFigures]:
    """`clusters` in the order in which they were connected, with their figures.

    Three queries, however many clusters and instances.
    """
    counted = _counted(clusters, now)
    moving = dict(
        Switch.objects.filter(finished_at=None, cluster__in=clusters)
        .order_by()
        .values_list("cluster")
        .annotate(Count("pk"))
    )
    return [
        _row(cluster, counted.get(cluster.pk, {}), moving.get(cluster.pk, 0))
        for cluster in clusters.select_related("policy").defer("kubeconfig").order_by("created_at", "name")
    ]


def _counted(clusters: QuerySet[Cluster], now: datetime) -> dict[UUID, dict[str, Any]]:
    joined_late = Q(joined_at__isnull=False) | Q(launched_at__lt=now - JOINS_WITHIN)
    rows = (
        Instance.objects.filter(~Q(state=InstanceState.TERMINATED), cluster__in=clusters)
        .order_by()
        .values("cluster")
        .annotate(
            nodes=Count("pk"),
            spot=Count("pk", filter=Q(lifecycle=Lifecycle.SPOT)),
            not_ready=Count("pk", filter=Q(state=InstanceState.RUNNING, node_ready=False) & joined_late),
            interrupted=Count("pk", filter=Q(interruption_at__isnull=False)),
            types=Count("instance_type", distinct=True),
            zones=Count("zone", distinct=True),
            baseline=Sum("pool__on_demand_hourly_usd", filter=Q(pool__price_hourly_usd__isnull=False)),
            paid=Sum("pool__price_hourly_usd", filter=Q(pool__on_demand_hourly_usd__isnull=False)),
        )
    )
    return {row["cluster"]: dict(row) for row in rows}


def _row(cluster: Cluster, counted: dict[str, Any], moving: int) -> ClusterFigures:
    figures = Figures(
        clusters=1,
        nodes=counted.get("nodes", 0),
        spot=counted.get("spot", 0),
        not_ready=counted.get("not_ready", 0),
        interrupted=counted.get("interrupted", 0),
        moving=moving,
        unreachable=int(bool(cluster.problem)),
        baseline_hourly_usd=counted.get("baseline") or Decimal(0),
        paid_hourly_usd=counted.get("paid") or Decimal(0),
    )
    return ClusterFigures(
        id=cluster.pk,
        client_id=cluster.client_id,
        name=cluster.name,
        region=cluster.region,
        decided_at=cluster.decided_at,
        policy=getattr(cluster, "policy", None),
        types=counted.get("types", 0),
        zones=counted.get("zones", 0),
        figures=figures,
    )
