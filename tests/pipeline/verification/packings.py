"""Small packings of every sort, to hold the solver against the checker."""

from hypothesis import strategies as st

from apps.pipeline.optimizer.model import (
    CPU,
    HOST_LABEL,
    LIFECYCLE_LABEL,
    MEMORY,
    ON_DEMAND,
    PODS,
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

ZONES, GROUPS, ARCH = ("a", "b", "c"), ("g", "h"), "kubernetes.io/arch"
TAINT = Taint("dedicated", "gpu")

zones, arches = st.sampled_from(ZONES), st.sampled_from(("amd64", "arm64"))
taints = st.sampled_from([frozenset(), frozenset(), frozenset({TAINT})])
groups = st.frozensets(st.sampled_from(GROUPS))
counts = st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 3))
rules = st.builds(
    Rule,
    kind=st.sampled_from(RuleKind),
    group=st.sampled_from(GROUPS),
    domain=st.sampled_from((ZONE_LABEL, HOST_LABEL)),
    skew=st.integers(1, 2),
)
requirements = st.one_of(
    st.builds(Requirement, st.just(ARCH), st.just("In"), arches.map(lambda arch: frozenset({arch}))),
    st.builds(
        Requirement, st.just(ZONE_LABEL), st.sampled_from(("In", "NotIn")), st.frozensets(zones, min_size=1)
    ),
    st.builds(Requirement, st.just("cores"), st.sampled_from(("Gt", "Lt")), st.just(frozenset({"4"}))),
    st.builds(Requirement, st.just("fast"), st.sampled_from(("Exists", "DoesNotExist"))),
)
wheres = st.builds(
    Where,
    terms=st.lists(st.frozensets(requirements, min_size=1, max_size=2), max_size=2).map(tuple),
    tolerations=st.sampled_from([frozenset(), frozenset({Toleration("dedicated", "Exists")})]),
)
shapes = st.builds(
    Shape,
    requests=st.tuples(
        st.integers(1, 40).map(lambda n: n * 100), st.integers(0, 40).map(lambda n: n * 100), st.just(1)
    ),
    where=st.one_of(st.just(Where()), wheres),
    rules=st.frozensets(rules, max_size=2),
    member_of=groups,
)


@st.composite
def offerings(draw: st.DrawFn, key: int) -> Offering:
    zone, lifecycle, cores = (
        draw(zones),
        draw(st.sampled_from((SPOT, SPOT, ON_DEMAND))),
        draw(st.integers(1, 8)),
    )
    cost = draw(st.integers(1, 60)) / 100
    labels = {ZONE_LABEL: zone, LIFECYCLE_LABEL: lifecycle, ARCH: draw(arches), "cores": str(cores)}
    return Offering(
        key=key,
        instance_type=f"t{key}",
        zone=zone,
        lifecycle=lifecycle,
        cost=cost,
        price=cost * draw(st.sampled_from((1.0, 1.0, 0.8))),
        capacity=(cores * 1000, cores * draw(st.sampled_from((1000, 2000, 4000))), draw(st.integers(1, 10))),
        labels=labels | draw(st.sampled_from([{}, {"fast": "yes"}])),
        taints=draw(taints),
    )


@st.composite
def existing_nodes(draw: st.DrawFn, number: int) -> ExistingNode:
    zone, name = draw(zones), f"n{number}"
    return ExistingNode(
        name=name,
        zone=zone,
        lifecycle=SPOT,
        free=(draw(st.integers(-1, 4)) * 1000, draw(st.integers(0, 4)) * 1000, draw(st.integers(0, 5))),
        labels={ZONE_LABEL: zone, HOST_LABEL: name, LIFECYCLE_LABEL: SPOT, ARCH: draw(arches), "cores": "4"},
        taints=draw(taints),
        members=draw(counts),
        apart=draw(groups),
    )


limits = st.builds(
    Limits,
    max_pool_share_pct=st.sampled_from((100, 100, 50, 30)),
    min_on_demand_nodes=st.sampled_from((0, 0, 1, 2)),
    max_price_hourly_usd=st.one_of(st.none(), st.none(), st.integers(0, 100).map(lambda cents: cents / 100)),
)


@st.composite
def packings(draw: st.DrawFn, *, pods: int = 6) -> Problem:
    """Up to four classes of up to `pods` pods, with all rules, nodes that run already, and limits."""
    classes = draw(st.lists(st.tuples(shapes, st.integers(1, pods)), min_size=1, max_size=4))
    alike = [shape for shape, number in classes for _ in range(number)]
    return Problem(
        resources=(CPU, MEMORY, PODS),
        pods=tuple(Pod(f"p{number}", shape) for number, shape in enumerate(draw(st.permutations(alike)))),
        offerings=tuple(draw(offerings(key)) for key in range(draw(st.integers(0, 5)))),
        nodes=tuple(draw(existing_nodes(number)) for number in range(draw(st.integers(0, 3)))),
        limits=draw(limits),
        placed=draw(
            st.dictionaries(st.sampled_from(GROUPS), st.dictionaries(zones, st.integers(0, 3)), max_size=1)
        ),
    )
