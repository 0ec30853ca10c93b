"""Layouts of a few nodes, said briefly."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from apps.pipeline.consolidation.model import Layout, NodeBudget, RunningNode, RunningPod, Stay, Terms
from apps.pipeline.optimizer.model import (
    HOST_LABEL,
    LIFECYCLE_LABEL,
    ON_DEMAND,
    SPOT,
    ZONE_LABEL,
    Offering,
    Requirement,
    Rule,
    RuleKind,
    Shape,
    Where,
)

RESOURCES = ("cpu", "memory", "pods")
LARGE = (4000, 16000, 20)
APART, SPREAD, TOGETHER = RuleKind.APART, RuleKind.SPREAD, RuleKind.TOGETHER


def pod(
    id: str, cpu: int = 500, *, group: str = "", budget: str = "", rules: Sequence[Rule] = (), **more: Any
) -> RunningPod:
    members = frozenset({group}) if group else frozenset()
    shape = Shape((cpu, cpu * 2, 1), more.get("where", Where()), frozenset(rules), members)
    return RunningPod(id, shape, budget)


def node(name: str, *pods: RunningPod, price: float = 0.2, zone: str = "a", **more: Any) -> RunningNode:
    lifecycle = more.pop("lifecycle", SPOT)
    labels = {ZONE_LABEL: zone, LIFECYCLE_LABEL: lifecycle, HOST_LABEL: name}
    capacity = more.pop("capacity", LARGE)
    return RunningNode(name, zone, lifecycle, price, capacity, pods, labels, **more)


def offering(
    key: int, price: float, capacity: tuple[int, ...] = LARGE, zone: str = "a", lifecycle: str = SPOT
) -> Offering:
    labels = {ZONE_LABEL: zone, LIFECYCLE_LABEL: lifecycle}
    return Offering(key, f"type-{key}", zone, lifecycle, price, price, capacity, labels)


def layout(
    *nodes: RunningNode,
    offerings: Sequence[Offering] = (),
    budgets: Mapping[str, int] | None = None,
    spare: Sequence[Shape] = (),
    **terms: Any,
) -> Layout:
    return Layout(RESOURCES, nodes, offerings, spare, budgets or {}, Terms(**terms))


def apart(group: str, domain: str = HOST_LABEL) -> Rule:
    return Rule(APART, group, domain)


def spread(group: str, domain: str = ZONE_LABEL, skew: int = 1) -> Rule:
    return Rule(SPREAD, group, domain, skew)


ON_DEMAND_ONLY = Where((frozenset({Requirement(LIFECYCLE_LABEL, "In", frozenset({ON_DEMAND}))}),))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Any cluster of up to eight nodes in two zones, with rules that hold, budgets and limits."""
    zones = ("a", "b")
    count = draw(st.integers(2, 8))
    apps = draw(
        st.lists(
            st.tuples(
                st.sampled_from([100, 500, 1500]), st.sampled_from(["", "apart", "spread", "on demand"])
            ),
            min_size=1,
            max_size=4,
        )
    )
    nodes: list[RunningNode] = []
    for number in range(count):
        lifecycle = draw(st.sampled_from([SPOT, SPOT, ON_DEMAND]))
        pods, free = list[RunningPod](), list(LARGE)
        for at, (cpu, rule) in enumerate(apps):
            group = f"app-{at}"
            most = 1 if rule in ("apart", "spread") else 3
            here = draw(st.integers(0, most))
            if (rule == "on demand" and lifecycle != ON_DEMAND) or here * cpu > free[0]:
                here = 0
            if rule == "spread":  # one on each node or none at all: even over the zones as far as they are
                here = 1 if cpu <= free[0] else 0
            free[0] -= here * cpu
            made = {"apart": [apart(group)], "spread": [spread(group, skew=4)]}.get(rule, [])
            where = ON_DEMAND_ONLY if rule == "on demand" else Where()
            budget = group if at % 2 == 0 else ""
            pods += [
                pod(f"{group}-{number}-{index}", cpu, group=group, budget=budget, rules=made, where=where)
                for index in range(here)
            ]
        nodes.append(
            node(
                f"node-{number}",
                *pods,
                zone=zones[number % 2],
                lifecycle=lifecycle,
                price=draw(st.sampled_from([0.1, 0.2, 0.4])),
                group=draw(st.sampled_from(["", "group"])),
                stay=draw(st.sampled_from([None, None, None, Stay.YOUNG])),
                takes_pods=draw(st.sampled_from([True, True, True, False])),
            )
        )
    offerings = [
        offering(
            number,
            draw(st.sampled_from([0.05, 0.15])),
            draw(st.sampled_from([LARGE, (2000, 8000, 10)])),
            zone,
            kind,
        )
        for number, (zone, kind) in enumerate((z, k) for z in zones for k in (SPOT, ON_DEMAND))
    ]
    return layout(
        *nodes,
        offerings=offerings,
        budgets={f"app-{at}": draw(st.integers(0, 2)) for at in range(0, len(apps), 2)},
        leaving={"group": draw(st.integers(0, 3))},
        on_demand_nodes=draw(st.integers(0, 2)),
        most_evictions=draw(st.sampled_from([None, 5])),
        max_pool_share_pct=draw(st.sampled_from([100, 50])),
        max_price_hourly_usd=draw(st.sampled_from([None, sum(n.price for n in nodes) + 0.06])),
        at_once=(
            NodeBudget("share", pct=draw(st.integers(1, 60))),
            NodeBudget("group", count=1, group="group"),
        ),
        disturbed=draw(st.sampled_from([0, 0, 1])),
    )
