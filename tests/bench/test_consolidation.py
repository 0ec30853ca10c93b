"""A cluster whose load has fallen: what consolidation saves, how it gets there, and that nothing breaks.

Beside it stand a bound that no final state can beat and a myopic planner, which removes in each wave what
saves most at once and never looks at where that ends.
"""

from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest

from apps.pipeline.consolidation.model import Layout, RunningNode, RunningPod
from apps.pipeline.consolidation.replaying import replay
from apps.pipeline.consolidation.solving import solve, warm_up
from apps.pipeline.consolidation.waves import order_waves
from apps.pipeline.optimizer.model import RuleKind
from apps.pipeline.verification.eligibility import admits

from .consolidation_input import BILL, NODES, PODS, make_layout

INPUTS = Path(__file__).resolve().parents[3] / "shared" / "bench" / "packing"
DEADLINE, LATE = 28.0, 0.5
SAVED, EVICTIONS = 0.64, 1100
# What the platform's own runs grant a final state: 7 of 10 pods.
MOST_EVICTIONS = 1050


@pytest.mark.skipif(not INPUTS.exists(), reason="the benchmark inputs are not here")
@pytest.mark.parametrize("seed", [1, 2])
def test_most_of_the_bill_is_saved_without_breaking_a_budget(seed: int) -> None:
    made = make_layout(INPUTS, seed=seed)
    layout = replace(made, terms=replace(made.terms, most_evictions=MOST_EVICTIONS))
    warm_up()

    final = solve(layout, deadline_seconds=DEADLINE)
    way = order_waves(layout, final)
    seen = replay(layout, way)

    pods = sum(len(node.pods) for node in layout.nodes)
    saved = 1 - seen.cost / BILL
    print(f"\n{len(layout.nodes)} nodes, {pods} pods, ${BILL}/h; {final.method}, {final.seconds:.1f} s")
    print(f"saved {saved:.1%}, no final state more than {1 - final.bound / BILL:.1%}")
    print(f"{len(final.removed)} nodes removed, {len(final.bought)} bought, {seen.evictions} evictions in")
    print(f"{len(way.waves)} waves of {[len(wave.removed) for wave in way.waves]} nodes")
    print(f"and {[len(wave.rounds) for wave in way.waves]} rounds")
    print(f"{seen.instants} instants replayed, {len(seen.faults)} faults")
    print(f"a myopic planner saves {myopic(layout):.1%}")
    assert (len(layout.nodes), pods) == (NODES, PODS)
    assert final.seconds <= DEADLINE + LATE
    assert not seen.faults, seen.faults[:5]
    assert not way.held
    assert seen.cost == pytest.approx(final.cost)
    assert final.bound <= final.cost
    assert saved >= SAVED
    assert seen.evictions <= EVICTIONS


def myopic(layout: Layout) -> float:
    """The share that removing saves when each node is judged by itself, the best saving a pod first.

    A node goes whose pods fit beside those of the nodes that are left, by first fit; budgets as given.
    """
    left = {node.name: node for node in layout.nodes}
    counts = {name: list(node.pods) for name, node in left.items()}
    stuck: set[str] = set()
    while True:
        most = min(ceil(len(left) * 0.1), 8)
        gone = 0
        for node in sorted(left.values(), key=lambda n: -n.price / (1 + len(counts[n.name]))):
            if gone == most or node.stay is not None or node.name in stuck:
                continue
            moved = _first_fit(node, left, counts)
            if moved is None:
                stuck.add(node.name)
                continue
            for pod, to in moved:
                counts[to].append(pod)
            del left[node.name], counts[node.name]
            gone += 1
        if not gone:
            return 1 - sum(node.price for node in left.values()) / BILL


def _first_fit(
    node: RunningNode, left: dict[str, RunningNode], counts: dict[str, list[RunningPod]]
) -> list[tuple[RunningPod, str]] | None:
    """The other nodes that take the node's pods, None where one finds no room."""
    moved: list[tuple[RunningPod, str]] = []
    free = {
        name: [c - sum(p.shape.requests[r] for p in counts[name]) for r, c in enumerate(other.capacity)]
        for name, other in left.items()
        if name != node.name
    }
    for pod in counts[node.name]:
        zonal = any(rule.kind is RuleKind.SPREAD for rule in pod.shape.rules)
        apart = any(rule.kind is RuleKind.APART for rule in pod.shape.rules)
        for name, room in free.items():
            other = left[name]
            if (
                all(r <= f for r, f in zip(pod.shape.requests, room, strict=True))
                and admits(pod.shape.where, other.labels, other.taints)
                and (not zonal or other.zone == node.zone)
                and not (apart and any(p.shape.member_of == pod.shape.member_of for p in counts[name]))
                and not (apart and any(t == name and p.shape == pod.shape for p, t in moved))
            ):
                moved.append((pod, name))
                free[name] = [f - r for f, r in zip(room, pod.shape.requests, strict=True)]
                break
        else:
            return None
    return moved
