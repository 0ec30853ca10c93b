"""Small packings, and plans for them whose figures are right, written down in the words of a test."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from apps.pipeline.optimizer.model import (
    CPU,
    HOST_LABEL,
    LIFECYCLE_LABEL,
    MEMORY,
    ON_DEMAND,
    PODS,
    SPOT,
    ZONE_LABEL,
    Certificate,
    Exclusion,
    ExistingNode,
    First,
    NewNode,
    Offering,
    Plan,
    Pod,
    Problem,
    Rule,
    RuleKind,
    Shape,
    Taint,
    Unplaced,
    Where,
)

ZONES = ("a", "b", "c")
ROOM = (4000, 8192, 10)


def offering(
    key: int = 0, *, zone: str = "a", lifecycle: str = SPOT, cost: float = 1.0, **changed: object
) -> Offering:
    labels = {ZONE_LABEL: zone, LIFECYCLE_LABEL: lifecycle, "kubernetes.io/arch": "amd64"}
    made = Offering(key, "m5.xlarge", zone, lifecycle, cost, cost, ROOM, labels)
    return replace(made, **changed)


def node(
    name: str = "old", *, zone: str = "a", free: tuple[int, ...] = ROOM, **changed: object
) -> ExistingNode:
    labels = {ZONE_LABEL: zone, HOST_LABEL: name, LIFECYCLE_LABEL: ON_DEMAND}
    return replace(ExistingNode(name, zone, ON_DEMAND, free, labels), **changed)


def shape(
    *rules: Rule, cpu: int = 1000, mem: int = 1024, of: Sequence[str] = (), where: Where | None = None
) -> Shape:
    """A pod of one core; it belongs to the groups `of`."""
    return Shape((cpu, mem, 1), where or Where(), frozenset(rules), frozenset(of))


def spread(group: str = "web", *, over: str = ZONE_LABEL, skew: int = 1) -> Rule:
    return Rule(RuleKind.SPREAD, group, over, skew)


def together(group: str = "web", *, over: str = ZONE_LABEL) -> Rule:
    return Rule(RuleKind.TOGETHER, group, over)


def apart(group: str = "web", *, over: str = HOST_LABEL) -> Rule:
    return Rule(RuleKind.APART, group, over)


def problem(*shapes: Shape, **changed: object) -> Problem:
    """One pod a shape, named p0, p1, ...; pools 0, 1 and 2 in zones a, b and c unless said otherwise."""
    pods = tuple(Pod(f"p{number}", made) for number, made in enumerate(shapes))
    pools = tuple(offering(key, zone=zone) for key, zone in enumerate(ZONES))
    return replace(Problem((CPU, MEMORY, PODS), pods, pools), **changed)


def plan(
    of: Problem,
    *bought: tuple[int, Sequence[str]],
    on: Mapping[str, Sequence[str]] | None = None,
    unplaced: Mapping[str, Exclusion] | None = None,
    bound: float = 0.0,
    certificate: Certificate | None = None,
) -> Plan:
    """The plan that buys each (pool, pods) and adds up its own figures rightly."""
    pools = {pool.key: pool for pool in of.offerings}
    cost = sum(pools[key].cost for key, _ in bought if key in pools)
    return Plan(
        new_nodes=tuple(NewNode(key, tuple(pods)) for key, pods in bought),
        on_nodes={name: tuple(pods) for name, pods in (on or {}).items()},
        unplaced=tuple(Unplaced(pod, because, "Because.") for pod, because in (unplaced or {}).items()),
        cost=cost,
        price=sum(pools[key].price for key, _ in bought if key in pools),
        bound=bound,
        gap=(cost - bound) / cost if cost else 0.0,
        certificate=certificate,
        first=First(cost, 0.1),
        seconds=0.2,
        method="greedy",
    )


TAINT = Taint("dedicated", "gpu")
