"""What consolidation reads and what it answers: frozen rows, no framework.

Amounts are in the order of `Layout.resources`, as in the optimiser's model. Money is USD, prices per hour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..optimizer.model import Amounts, Offering, Shape, Taint


class Stay(StrEnum):
    """Why a node is kept."""

    NEEDED = "needed"  # without it, what the pods would run on costs more
    PROTECTED = "protected"  # a pod on it may not be disrupted
    BUDGET = "budget"  # a PodDisruptionBudget on it allows no eviction
    BARE = "bare"  # a pod on it has no controller
    NOT_PLANNED = "not_planned"  # a pod on it asks for what cannot be planned for
    TOGETHER = "together"  # a pod on it must run beside others of its host
    UNEVEN = "uneven"  # its zone holds more of a spread group than the rule allows a new pod to join
    YOUNG = "young"
    COOLING_DOWN = "cooling_down"
    NOT_OURS = "not_ours"  # Karpenter's, or no instance of the account
    MOVING = "moving"
    NOT_READY = "not_ready"
    INTERRUPTED = "interrupted"
    GROUP_AT_MINIMUM = "group_at_minimum"
    PRICE_UNKNOWN = "price_unknown"
    HELD = "held"  # the final state does without it, and no wave could take it


@dataclass(frozen=True, slots=True)
class RunningPod:
    """A pod that leaves with its node. `budget` is a key of `Layout.budgets`, empty where none selects it."""

    id: str
    shape: Shape
    budget: str = ""


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node as it stands.

    `capacity` is what it offers to `pods`: DaemonSets, mirror pods and pods that are not listed are taken
    off. `leaving_usd` is what emptying it costs once. `stay` with its sentence keeps it, whatever it costs;
    it may still take pods where `takes_pods`. Of its pods that are not listed, `members` counts those of each
    group, and `apart` names the groups that one of them keeps away from the node.
    """

    name: str
    zone: str
    lifecycle: str
    price: float
    capacity: Amounts
    pods: tuple[RunningPod, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: frozenset[Taint] = frozenset()
    leaving_usd: float = 0.0
    group: str = ""
    stay: Stay | None = None
    sentence: str = ""
    takes_pods: bool = True
    members: Mapping[str, int] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NodeBudget:
    """At most `count` nodes at once, or `pct` of the nodes rounded up; the other is None.

    It speaks of the nodes of `group`, of all where that is empty.
    """

    name: str
    count: int | None = None
    pct: int | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy's part.

    `life_hours`: for how long a saving is counted. `leaving`: how many nodes each group may give up.
    `on_demand_nodes`: kept and bought ones together that must be on-demand, as far as they are today.
    `most_evictions`: None sets no limit beside what evictions cost.
    """

    life_hours: float = 24.0
    least_saving: float = 0.0
    leaving: Mapping[str, int] = field(default_factory=dict)
    on_demand_nodes: int = 0
    max_pool_share_pct: int = 100
    max_price_hourly_usd: float | None = None
    most_evictions: int | None = None
    at_once: Sequence[NodeBudget] = ()
    disturbed: int = 0  # nodes that move already, and use up the budgets


@dataclass(frozen=True, slots=True)
class Layout:
    """A cluster as it stands.

    `budgets`: how many pods of each may be missing at this moment. `spare` is room to be kept free, in the
    shapes of pods that would use it.
    """

    resources: tuple[str, ...]
    nodes: Sequence[RunningNode]
    offerings: Sequence[Offering]
    spare: Sequence[Shape] = ()
    budgets: Mapping[str, int] = field(default_factory=dict)
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Bought:
    """A node of the final state that does not exist yet; `name` is ours, `new-0` and so on."""

    name: str
    offering: int  # Offering.key


@dataclass(frozen=True, slots=True)
class FinalState:
    """Where the pods of the removed nodes go: pod id -> node name.

    `bound` is at or below the hourly cost of every final state, its evictions' cost included; `method` says
    what the answer came from.
    """

    removed: tuple[str, ...]
    bought: tuple[Bought, ...]
    moves: Mapping[str, str]
    cost_before: float
    cost: float
    bound: float
    seconds: float
    method: str

    @property
    def saving(self) -> float:
        """USD an hour."""
        return self.cost_before - self.cost


@dataclass(frozen=True, slots=True)
class Eviction:
    """One pod on its way from a node that leaves to its place in the final state."""

    pod: str
    node: str
    to: str


@dataclass(frozen=True, slots=True)
class Wave:
    """Nodes that leave together.

    `buys` gives the removed node that each bought one replaces; they are Ready before the first eviction.
    The evictions of a round begin together, each round once the pods of the one before are ready again.
    """

    removed: tuple[str, ...]
    buys: Mapping[str, Bought]
    rounds: tuple[tuple[Eviction, ...], ...]
    saving: float

    @property
    def evictions(self) -> int:
        return sum(len(evictions) for evictions in self.rounds)


@dataclass(frozen=True, slots=True)
class Way:
    """The waves in their order, and why nodes of the final state are in none: node -> sentence."""

    waves: tuple[Wave, ...]
    held: Mapping[str, str] = field(default_factory=dict)
