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

    All are statements about the finished placement, the pods of `placed` and of the nodes counted in:

    SPREAD: a domain that receives a carrier holds at most `skew` more of the group than the domain with the
    fewest. The domains are those of the offerings and nodes whose labels and taints admit at least one of
    the carriers, whatever its size. Over hosts a new and empty node can always be had, so no node that
    receives a carrier holds more than `skew` of the group.
    TOGETHER: a carrier runs only in a domain where the group runs already, or where a member is placed that
    does not carry the rule. While the group runs nowhere, carriers that are members begin it in one domain.
    APART: no carrier runs in a domain where another pod of the group does, wherever that one came from.
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

    Weak duality: if no node can carry pods worth more than it costs, no plan costs less than all its pods
    are worth. Any numbers at all make a valid bound; good ones make a high one. N_c is the number of pods of
    class c that the plan places (classes count from 0 as their shapes first appear in `Problem.pods`).

    A pod of class c in zone z is worth
        v(c, z) = duals[c] + sum of zone_duals[rule kind, group, z] over the zone rules that count c
    (a missing entry is 0). Rules on ZONE_LABEL are told apart by kind and group. They count these classes:
        SPREAD    the members of the group; usable only if every member with N_c > 0 carries the rule
        TOGETHER  its carriers; usable only if every member of the group with N_c > 0 carries the rule
        APART     its carriers that are members
    and allow these counts n_z >= 0 over the zones, which add up to the N_c of the classes counted
    (e_z: members of the group already there, by `placed` and by the nodes' `members`):
        SPREAD    for one whole m >= 0, in every domain z of the rule: max(0, m - e_z) <= n_z <=
                  max(0, m + skew - e_z), skew the largest of the carriers'; 0 outside the domains
        TOGETHER  everything in one zone; where the group already runs, only in zones with e_z > 0
        APART     at most 1 in a zone with e_z = 0, none elsewhere
    M(rule) is the least sum of zone_duals[rule, z] * n_z over the counts allowed, 0 if none are: a SPREAD's
    box is filled from its lower limits by the cheapest zones first, for each m, and the least m is taken.

    A node of zone z with room for `cap` is worth at most, with any weights u >= 0 (one a resource),
        V = u . cap + sum over host groups of the best choice of a_c <= ub_c pods, at most k of the group in
            all, at (v(c, z) - u . requests_c) each, where that is positive
    where ub_c is 0 if labels or taints do not admit the class, else the least of N_c, of cap_r // requests_r
    over the resources, and of the `skew` of each SPREAD (1 for each APART) on HOST_LABEL that the class
    carries on a group it is a member of. On an existing node, that last limit has the node's `members` of the
    group taken off (at least 0), and ub_c is 0 if the class is a member of a group in `apart`, or carries
    APART on HOST_LABEL towards a group in its `members` (member of it or not). A class with such a rule
    belongs to one host group: that (limit, group name) of its rules which sorts first, the limit k as
    without existing pods (skew, or 1); classes with equal (limit, group name) share it. On an existing node
    k has the node's `members` of the group taken off. Every other class is alone, its k is ub_c.

    `weights` gives u by Offering.key (V_p, with the offering's capacity), `node_weights` by
    ExistingNode.name (V_e, with `free`); where one is missing, u = 0.

    In both, and in `exact`, cap_r is first rounded down to a multiple of the greatest common divisor of
    requests_cr over the classes with ub_c > 0 that ask for any of r: no sum of theirs lies in between.

    Small nodes can be worth a good deal less than that, since pods come whole. For an offering in `exact`,
    which names resources by their index in `Problem.resources`, V_p is instead
        sum of u_r * cap_r over the other resources + the most that whole numbers a_c <= ub_c of pods make, at
        v(c, z) - (sum of u_r * requests_cr over the other resources) each, that fit into cap_r of each
        resource named, and with at most one pod of each host group whose k is 1
    (host groups with a larger k are left out there: their classes stand alone). That most is found by dynamic
    programming over the amounts used of the named resources, counted in their greatest common divisor.

    `share_duals` s_p >= 0 price the limit 100 * nodes of p - X * all new nodes <= 99, X the share in percent
    (without a limit they are empty), S their sum.

    `alpha` >= 0 is such that alpha * V_p <= cost_p + 100 * s_p - X * S for every offering. Then
        bound = alpha * (sum of duals[c] * N_c + sum of M(rule) - sum of V_e) - 99 * S
    and 0 where that is negative.

    For few pods the bound is better proven by trying everything. With `parted` all of the above is empty, and
        bound = the least cost of parting the pods placed among nodes
    which whoever checks finds out anew. A part is what one node carries: as much of every resource as it has
    room for, of classes that its labels and taints admit, by the rules SPREAD and APART on HOST_LABEL and
    what stands on an existing node; each part costs what its offering does, and each existing node takes one
    for nothing. Where that is quickly done, the pods are first shared out over the zones in every way that
    the rules on ZONE_LABEL allow, and parted within each. The limits of the policy are not looked at.
    """

    alpha: float
    duals: Mapping[int, float]
    zone_duals: Mapping[tuple[RuleKind, str, str], float]
    weights: Mapping[int, tuple[float, ...]]
    node_weights: Mapping[str, tuple[float, ...]]
    share_duals: Mapping[int, float]
    bound: float
    exact: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    parted: bool = False


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
