"""Beside the pool that a plan chose for a node: those that hold the same pods, should it have no room."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from apps.pipeline.decision.model import ON_DEMAND
from apps.pipeline.optimizer.model import ZONE_LABEL, Amounts, NewNode, Offering, Problem, Shape
from apps.pipeline.verification.eligibility import admits

from .amounts import plus

MOST_ALIKE, MOST_ON_DEMAND = 8, 2


class Alternatives:
    """Finds them for the nodes of one plan; nodes that carry the same are asked for once."""

    def __init__(self, problem: Problem) -> None:
        self._shapes: Mapping[str, Shape] = {pod.id: pod.shape for pod in problem.pods}
        self._cheapest = sorted(problem.offerings, key=lambda one: (one.cost, one.key))
        self._by_key = {one.key: one for one in problem.offerings}
        self._nothing: Amounts = (0,) * len(problem.resources)
        self._known: dict[tuple[int, Amounts, frozenset[Shape]], tuple[int, ...]] = {}

    def used(self, node: NewNode) -> Amounts:
        """What the pods of a new node ask for together."""
        total = self._nothing
        for pod in node.pods:
            total = plus(total, self._shapes[pod].requests)
        return total

    def of(self, node: NewNode) -> tuple[int, ...]:
        """The chosen offering and the others, the cheapest first and on-demand last."""
        shapes = frozenset(self._shapes[pod] for pod in node.pods)
        alike = (node.offering, self.used(node), shapes)
        if alike not in self._known:
            self._known[alike] = (node.offering, *self._others(*alike))
        return self._known[alike]

    def _others(self, key: int, used: Amounts, shapes: frozenset[Shape]) -> Iterator[int]:
        chosen = self._by_key[key]
        by_zone = any(rule.domain == ZONE_LABEL for shape in shapes for rule in shape.rules)
        left = {chosen.lifecycle: MOST_ALIKE, ON_DEMAND: MOST_ON_DEMAND}
        found: dict[str, list[int]] = {lifecycle: [] for lifecycle in left}
        for one in self._cheapest:
            taken = found.get(one.lifecycle)
            if taken is None or len(taken) == left[one.lifecycle] or one.key == key:
                continue
            if (not by_zone or one.zone == chosen.zone) and _holds(one, used, shapes):
                taken.append(one.key)
                if all(len(found[each]) == left[each] for each in left):
                    break
        for lifecycle in left:
            yield from found[lifecycle]


def _holds(offering: Offering, used: Sequence[int], shapes: Iterable[Shape]) -> bool:
    return all(has >= asked for has, asked in zip(offering.capacity, used, strict=True)) and all(
        admits(shape.where, offering.labels, offering.taints) for shape in shapes
    )
