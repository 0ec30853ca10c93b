"""What the optimiser reads and what it answers: frozen rows, no framework.

Amounts are whole numbers in the order of `Problem.resources`: CPU in milli-cores, memory and ephemeral
storage in MiB, pods as slots, extended resources (GPUs) in units. Money is USD per hour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Amounts = tuple[int, ...]

CPU, MEMORY, PODS, STORAGE = "cpu", "memory", "pods", "ephemeral-storage"
ZONE_LABEL = "topology.kubernetes.io/zone"
HOST_LABEL = "kubernetes.io/hostname"
LIFECYCLE_LABEL = "atharva.ai/lifecycle"  # "spot" or "on_demand"; a node's own labels carry it too
SPOT, ON_DEMAND = "spot", "on_demand"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One expression on a node's labels. `operator`: In, NotIn, Exists, DoesNotExist, Gt, Lt."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Taint:
    """`effect`: NoSchedule or NoExecute; softer ones keep nobody away and are left out beforehand."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"


@dataclass(frozen=True, slots=True)
class Toleration:
    """As Kubernetes has it: an empty key with Exists tolerates everything, an empty effect every effect."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """Which nodes a pod may run on, others apart.

    A node must meet every requirement of at least one of `terms`; no term at all asks for nothing. Taints
    must be tolerated.
    """

    terms: tuple[frozenset[Requirement], ...] = ()
    tolerations: frozenset[Toleration] = frozenset()


class RuleKind(StrEnum):
    """How pods of a group (those that a rule's selector picks) may stand to one another.

    SPREAD: over the domains that its carriers may run in, the counts of the group differ by at most `skew`.
    Over hosts a new and empty node can always be had, so no node carries more than `skew` of the group.
    TOGETHER: a carrier runs only in a domain where a member of the group runs; the first of a group that
    selects itself may go anywhere. APART: no carrier runs in a domain where another pod of the group does.
    """

    SPREAD = "spread"
    TOGETHER = "together"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the pods that carry it ask for. `domain` is ZONE_LABEL or HOST_LABEL."""

    kind: RuleKind
    group: str
    domain: str
    skew: int = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """What pods that are alike have in common.

    `member_of` are the groups whose selectors pick them, whether or not they carry a rule on them.
    """

    requests: Amounts
    where: Where = Where()
    rules: frozenset[Rule] = frozenset()
    member_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod to be placed. Pods of equal shape are one class; classes count from 0 as they first appear."""

    id: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Offering:
    """A pool that nodes can be bought from, as many as wanted.

    `cost` is what is minimised (risk-adjusted), `price` what is paid. `capacity` is what a new node has left
    for pods, its DaemonSets already taken off. `labels` include zone, lifecycle, architecture and type.
    """

    key: int
    instance_type: str
    zone: str
    lifecycle: str
    cost: float
    price: float
    capacity: Amounts
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: frozenset[Taint] = frozenset()


@dataclass(frozen=True, slots=True)
class ExistingNode:
    """A node that runs anyway and costs nothing more.

    `free` is what is left beside the pods that stay; `members` counts those pods by the groups that they
    belong to, `apart` names the groups that one of them stands apart from on its host.
    """

    name: str
    zone: str
    lifecycle: str
    free: Amounts
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: frozenset[Taint] = frozenset()
    members: Mapping[str, int] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """The policy's part.

    `max_pool_share_pct`: new nodes of one pool among all new nodes, rounded up (100: no limit).
    `min_on_demand_nodes`: new nodes that must be on-demand, if that many are bought at all.
    `max_price_hourly_usd`: the `price` of all new nodes together; pods that do not fit under it stay unplaced
    and say so.
    """

    max_pool_share_pct: int = 100
    min_on_demand_nodes: int = 0
    max_price_hourly_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One packing. `placed` counts the members of each group by zone that run on nodes not listed here."""

    resources: tuple[str, ...]
    pods: Sequence[Pod]
    offerings: Sequence[Offering]
    nodes: Sequence[ExistingNode] = ()
    limits: Limits = Limits()
    placed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class Exclusion(StrEnum):
    """Why a pod found no place: the first of these that leaves it none."""

    NO_POOL = "no_pool"  # nothing is offered at all
    SELECTOR = "selector"  # its node selector or affinity admits none
    TAINT = "taint"  # it tolerates the taints of none
    TOO_LARGE = "too_large"  # it is larger than every node that it could run on
    SPREAD = "spread"  # its spread constraint cannot be met
    TOGETHER = "together"  # what it must stand with has no room, or runs nowhere
    APART = "apart"  # what it must stand apart from is everywhere
    POOL_SHARE = "pool_share"  # the pools that take it hold their share
    CAP = "cap"  # the cluster's cap in USD an hour is reached
    TIME = "time"  # no place was found before the deadline


@dataclass(frozen=True, slots=True)
class Unplaced:
    pod: str
    because: Exclusion
    detail: str  # a sentence with the numbers that decided


@dataclass(frozen=True, slots=True)
class NewNode:
    """One node to buy, and the ids of the pods that it carries."""

    offering: int  # Offering.key
    pods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A lower bound that anyone can check again without solving anything (see verification.bounds).

    `duals`: USD an hour that one more pod of a class is worth, by class and, where a zone rule couples, by
    zone ("" where not). `weights`: by offering key, the multipliers u >= 0 on its capacity that bound what
    one of its nodes can be worth. `alpha`: the largest factor by which all duals can be scaled so that no
    node is worth more than its cost. The bound is alpha times the least that the duals sum up to over every
    distribution of the pods over the zones that the zone rules allow.
    """

    alpha: float
    duals: Mapping[tuple[int, str], float]
    weights: Mapping[int, Amounts | tuple[float, ...]]
    bound: float


@dataclass(frozen=True, slots=True)
class First:
    """The first feasible plan: what it cost, and when it was there."""

    cost: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """An answer that can be carried out as it is.

    `cost` and `price` are of the new nodes together; `bound` is at or below the cost of every plan that
    places as much; `gap` is (cost - bound) / cost, 0 for an empty plan. Never "optimal" unless it is 0.
    """

    new_nodes: tuple[NewNode, ...]
    on_nodes: Mapping[str, tuple[str, ...]]  # ExistingNode.name -> pods
    unplaced: tuple[Unplaced, ...]
    cost: float
    price: float
    bound: float
    gap: float
    certificate: Certificate | None
    first: First
    seconds: float
    method: str  # what the best answer came from: greedy, columns, exact, improved
