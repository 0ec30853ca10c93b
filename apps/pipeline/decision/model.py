"""What a decision reads and what it says: frozen rows, no framework.

Prices are USD per hour, CPU milli-cores, memory MiB, probabilities within one hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from .budgets import Budget
from .reasons import Why

SPOT = "spot"
ON_DEMAND = "on_demand"


class Kind(StrEnum):
    """Why a node moves; the same words as the fleet's kinds of disruption."""

    INTERRUPTION = "interruption"
    RISK = "risk"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class Room:
    """What a node offers to pods, or what pods ask of a node."""

    cpu_milli: int
    memory_mib: int
    pods: int = 0
    gpus: int = 0

    def holds(self, need: "Room") -> bool:
        return (
            self.cpu_milli >= need.cpu_milli
            and self.memory_mib >= need.memory_mib
            and self.pods >= need.pods
            and self.gpus >= need.gpus
        )

    def __str__(self) -> str:
        gpus = f", {self.gpus} GPUs" if self.gpus else ""
        return f"{self.cpu_milli / 1000:.2f} CPUs, {self.memory_mib / 1024:.1f} GiB{gpus}"


@dataclass(frozen=True, slots=True)
class PoolView:
    """Instance type x zone x lifecycle, with the quote in force and what is remembered of it.

    `price` is what the tenant pays, `listed` what AWS asks of anybody. `on_demand` is the list price of the
    type, against which savings are counted; `on_demand_paid` what the tenant would pay for it.
    `risk_upper` is the upper quantile: a decision never relies on the mean alone.
    """

    id: int
    instance_type: str
    family: str
    generation: int
    architecture: str
    zone: str
    lifecycle: str
    room: Room
    price: Decimal | None
    on_demand: Decimal | None
    risk_upper: float
    set_aside_until: datetime | None = None
    bought_lately: bool = False
    vcpus: int = 0
    listed: Decimal | None = None
    on_demand_paid: Decimal | None = None

    @property
    def at_own_price(self) -> bool:
        """Whether the tenant pays something else than anybody."""
        return self.listed is not None and self.price != self.listed

    @property
    def title(self) -> str:
        return f"{self.instance_type} {self.zone} {self.lifecycle.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A pool that may be bought, at its price and at what it costs once the risk is counted in."""

    pool: PoolView
    price: Decimal
    risk_adjusted: Decimal


@dataclass(frozen=True, slots=True)
class PodView:
    """What moving a pod costs. `replayable`: its owner runs it anew and no finished work is lost."""

    cpu_milli: int
    started_at: datetime
    replayable: bool


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node of the cluster.

    `stay` is the pool that it runs in at today's price, None where none is known; `need` is what a
    replacement must have room for; `pods` are None until they were looked at. `portable_to` are architectures
    that every pod says it may run on; a pod that says nothing may have an image of only one.
    """

    id: int
    ec2_id: str
    name: str
    architecture: str
    stay: Offer | None
    need: Room
    launched_at: datetime
    moved_at: datetime | None = None
    interruption_at: datetime | None = None
    rebalance_at: datetime | None = None
    group: str = ""
    ready: bool = True
    cordoned: bool = False
    moving: bool = False
    by_karpenter: bool = False
    portable_to: frozenset[str] = frozenset()
    pods: tuple[PodView, ...] | None = None


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A cluster's rules of moving (see fleet.Policy for each one's meaning and default).

    `storm_share_pct` is what the weather adds: the on-demand share while interruptions are frequent.
    """

    mode: str = "observe"
    weight_cost: float = 0.4
    weight_stability: float = 0.3
    weight_performance: float = 0.15
    weight_capacity: float = 0.15
    risk_ceiling: float = 0.05
    families: frozenset[str] = frozenset()
    architectures: frozenset[str] = frozenset()
    min_generation: int = 5
    on_demand_floor: int = 0
    on_demand_floor_pct: int = 0
    storm_share_pct: int = 0
    max_pool_share_pct: int = 30
    max_moving_pct: int = 10
    moves_per_hour: int = 20
    cooldown: timedelta = timedelta(hours=2)
    min_node_age: timedelta = timedelta(minutes=30)
    min_saving_pct: Decimal = Decimal(10)
    min_saving: Decimal = Decimal("0.005")
    min_cheaper_pools: int = 15
    price_samples: int = 3
    rebalance: str = "weigh"
    max_price: Decimal | None = None
    budgets: tuple[Budget, ...] = ()
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    paused_reason: str = ""


@dataclass(frozen=True, slots=True)
class QuotaView:
    """How many vCPUs of some families the account may run, and how many it runs.

    `families` are the beginnings of their names; the longest that fits a family decides.
    """

    lifecycle: str
    families: tuple[str, ...]
    vcpus: float
    used: float = 0

    @property
    def title(self) -> str:
        families = ", ".join(name.upper() for name in self.families)
        return f"{self.lifecycle.replace('_', '-')} instances of {families}"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the cluster can launch: the zones that each architecture's node template has a subnet in.

    `architectures` are those of its nodes, `quotas` what its account may run in the region.
    """

    zones: Mapping[str, frozenset[str]] = field(default_factory=dict)
    architectures: frozenset[str] = frozenset()
    quotas: tuple[QuotaView, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A node that should move to the first of `candidates` that has room."""

    node: NodeView
    kind: Kind
    candidates: tuple[PoolView, ...]
    saving: Decimal
    because: tuple[Why, ...]

    @property
    def sentence(self) -> str:
        return " ".join(why.sentence for why in self.because)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A node that stays, and every reason for it."""

    node: NodeView
    because: tuple[Why, ...]

    @property
    def sentence(self) -> str:
        return " ".join(why.sentence for why in self.because)


Verdict = Move | Refusal
