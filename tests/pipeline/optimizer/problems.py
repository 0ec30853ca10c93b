"""Small packings of every kind, for hypothesis to draw."""

from hypothesis import strategies as st

from apps.pipeline.optimizer.model import (
    HOST_LABEL,
    LIFECYCLE_LABEL,
    ON_DEMAND,
    SPOT,
    ZONE_LABEL,
    ExistingNode,
    Limits,
    Offering,
    Pod,
    Problem,
    Requirement,
    Rule,
    RuleKind,
    Shape,
    Taint,
    Toleration,
    Where,
)

RESOURCES = ("cpu", "memory", "pods", "nvidia.com/gpu")
ZONES = ("a", "b")
GROUPS = ("red", "blue")
ARCH = "kubernetes.io/arch"
RESERVED = Taint("reserved", "yes")
WHERES = (
    Where(),
    Where(terms=(frozenset({Requirement(ARCH, "In", frozenset({"arm64"}))}),)),
    Where(terms=(frozenset({Requirement(ZONE_LABEL, "NotIn", frozenset({"a"}))}),)),
    Where(tolerations=frozenset({Toleration("reserved", "Exists")})),
)


def _rules() -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        kind=st.sampled_from(RuleKind),
        group=st.sampled_from(GROUPS),
        domain=st.sampled_from((ZONE_LABEL, HOST_LABEL)),
        skew=st.integers(1, 2),
    )


def _shapes() -> st.SearchStrategy[Shape]:
    return st.builds(
        Shape,
        requests=st.tuples(
            st.sampled_from((250, 700, 1000)),
            st.sampled_from((128, 1000, 3000)),
            st.just(1),
            st.sampled_from((0, 0, 0, 1)),
        ),
        where=st.sampled_from(WHERES),
        rules=st.frozensets(_rules(), max_size=1),
        member_of=st.frozensets(st.sampled_from(GROUPS), max_size=2),
    )


@st.composite
def _offerings(draw: st.DrawFn, key: int) -> Offering:
    zone, arch = draw(st.sampled_from(ZONES)), draw(st.sampled_from(("amd64", "arm64")))
    lifecycle = draw(st.sampled_from((SPOT, ON_DEMAND)))
    cost = draw(st.integers(1, 40)) / 10
    size = draw(st.sampled_from((1, 2, 4)))
    labels = {ZONE_LABEL: zone, ARCH: arch, LIFECYCLE_LABEL: lifecycle}
    gpus = draw(st.sampled_from((0, 0, 2)))
    capacity = (1000 * size, 2048 * size, 2 * size, gpus)
    taints = draw(st.sampled_from((frozenset(), frozenset(), frozenset({RESERVED}))))
    return Offering(key, f"type-{size}", zone, lifecycle, cost, cost, capacity, labels, taints)


@st.composite
def _nodes(draw: st.DrawFn, number: int) -> ExistingNode:
    zone = draw(st.sampled_from(ZONES))
    return ExistingNode(
        name=f"node-{number}",
        zone=zone,
        lifecycle=ON_DEMAND,
        free=(draw(st.sampled_from((300, 1500))), draw(st.sampled_from((500, 4000))), 3, 0),
        labels={ZONE_LABEL: zone, ARCH: "arm64", HOST_LABEL: f"node-{number}"},
        members=draw(st.dictionaries(st.sampled_from(GROUPS), st.integers(1, 2), max_size=1)),
        apart=draw(st.frozensets(st.sampled_from(GROUPS), max_size=1)),
    )


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to four pods of up to three shapes, up to three offerings and up to two existing nodes."""
    shapes = draw(st.lists(_shapes(), min_size=1, max_size=3))
    pods = [Pod(f"pod-{i}", draw(st.sampled_from(shapes))) for i in range(draw(st.integers(1, 4)))]
    offerings = [draw(_offerings(key)) for key in range(draw(st.integers(0, 3)))]
    nodes = [draw(_nodes(number)) for number in range(draw(st.integers(0, 2)))]
    limits = Limits(
        max_pool_share_pct=draw(st.sampled_from((100, 100, 60))),
        min_on_demand_nodes=draw(st.sampled_from((0, 0, 1))),
    )
    placed = draw(st.sampled_from(({}, {"red": {"a": 1}})))
    return Problem(RESOURCES, pods, offerings, nodes, limits, placed)
