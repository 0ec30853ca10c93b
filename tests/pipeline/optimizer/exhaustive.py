"""Every placement of a few pods, one after the other: what the solver is held against."""

from collections.abc import Iterator
from itertools import product

from apps.pipeline.optimizer.model import First, NewNode, Plan, Problem
from apps.pipeline.verification.plans import check_plan


def least_cost(problem: Problem) -> float | None:
    """The cost of the cheapest placement of all pods that breaks no rule; None where there is none."""
    by_key = {offering.key: offering for offering in problem.offerings}
    best = None
    for groups, on_nodes in _placements(problem):
        for keys in product(by_key, repeat=len(groups)):
            cost = sum(by_key[key].cost for key in keys)
            if best is not None and cost >= best:
                continue
            plan = _plan(problem, list(zip(keys, groups, strict=True)), on_nodes, cost)
            if not check_plan(problem, plan):
                best = cost
    return best


def _placements(problem: Problem) -> Iterator[tuple[list[list[str]], dict[str, list[str]]]]:
    """Every way to put each pod on an existing node or into one of the unordered groups of new nodes."""
    names = [node.name for node in problem.nodes]

    def place(at: int, groups: list[list[str]], on_nodes: dict[str, list[str]]) -> Iterator[tuple]:
        if at == len(problem.pods):
            yield [list(group) for group in groups], {name: list(pods) for name, pods in on_nodes.items()}
            return
        pod = problem.pods[at].id
        for seats in (*(on_nodes[name] for name in names), *groups):
            seats.append(pod)
            yield from place(at + 1, groups, on_nodes)
            seats.pop()
        if problem.offerings:
            groups.append([pod])
            yield from place(at + 1, groups, on_nodes)
            groups.pop()

    yield from place(0, [], {name: [] for name in names})


def _plan(
    problem: Problem, new: list[tuple[int, list[str]]], on_nodes: dict[str, list[str]], cost: float
) -> Plan:
    price = {offering.key: offering.price for offering in problem.offerings}
    return Plan(
        new_nodes=tuple(NewNode(key, tuple(pods)) for key, pods in new),
        on_nodes={name: tuple(pods) for name, pods in on_nodes.items() if pods},
        unplaced=(),
        cost=cost,
        price=sum(price[key] for key, _ in new),
        bound=0.0,
        gap=1.0 if cost > 0 else 0.0,
        certificate=None,
        first=First(cost, 0.0),
        seconds=0.0,
        method="exhaustive",
    )
