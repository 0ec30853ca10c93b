"""What a cluster would save, as its last decision estimated it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ..models import Cluster, Estimate
from .figures import share_pct

HOURS_A_MONTH = 730  # AWS's own month: a twelfth of a year


@dataclass(frozen=True, slots=True)
class EstimatedMove:
    node: str
    instance: str
    from_pool: str
    to_pool: str
    saving_hourly_usd: Decimal


@dataclass(frozen=True, slots=True)
class Stay:
    """How many nodes stay for one reason, by the decision's own word for it."""

    reason: str
    nodes: int


@dataclass(frozen=True, slots=True)
class EstimateRow:
    """Sums in USD; `moves` are the largest, `stays` the most frequent first."""

    made_at: datetime
    nodes: int
    movable: int
    now_hourly_usd: Decimal
    then_hourly_usd: Decimal
    moves: list[EstimatedMove]
    stays: list[Stay]

    @property
    def saving_hourly_usd(self) -> Decimal:
        return self.now_hourly_usd - self.then_hourly_usd

    @property
    def saving_monthly_usd(self) -> Decimal:
        return self.saving_hourly_usd * HOURS_A_MONTH

    @property
    def saving_pct(self) -> float:
        """Of what the nodes cost now, 0 to 100."""
        return share_pct(self.saving_hourly_usd, self.now_hourly_usd)


def estimate_of(cluster: Cluster) -> EstimateRow | None:
    """The cluster's estimate; None before its first decision. One query."""
    found = Estimate.objects.filter(cluster=cluster).first()
    if found is None:
        return None
    return EstimateRow(
        made_at=found.made_at,
        nodes=found.nodes,
        movable=found.movable,
        now_hourly_usd=found.now_hourly_usd,
        then_hourly_usd=found.then_hourly_usd,
        moves=[
            EstimatedMove(
                move["node"], move["instance"], move["from"], move["to"], Decimal(move["saving_hourly_usd"])
            )
            for move in found.moves
        ],
        stays=[
            Stay(reason, nodes)
            for reason, nodes in sorted(found.stays.items(), key=lambda item: (-item[1], item[0]))
        ],
    )
