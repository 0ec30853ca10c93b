"""The least that a few pods cost, by every way to part them among nodes: what `parted` certificates claim.

Tables have one axis for each class: entry [1, 0, 2] speaks of one pod of the first class and two of the
third.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, prod

import numpy as np
import numpy.typing as npt

from apps.pipeline.optimizer.model import HOST_LABEL, ExistingNode, Offering, Problem, RuleKind
from apps.pipeline.verification.allotments import allotments
from apps.pipeline.verification.classes import Class
from apps.pipeline.verification.eligibility import admits

Costs = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

# Beyond these a proof takes longer than it is worth; the solver claims nothing beyond a fraction of them.
MOST_STATES, MOST_PAIRS = 90_000, 32_000_000


def least_parting(problem: Problem, classes: Sequence[Class]) -> float:
    """In USD an hour at or below every plan that places these pods; 0 where there are too many to tell."""
    placed = [each for each in classes if each.placed]
    sizes = [each.placed + 1 for each in placed]
    table = _Table(problem, placed, sizes)
    nodes = [node for node in problem.nodes if table.fits(node).sum() > 1]
    pairs = prod(size * (size + 1) // 2 for size in sizes)
    if prod(sizes) * (1 + len(nodes)) > MOST_STATES or pairs * (1 + len(nodes)) > MOST_PAIRS:
        return 0.0
    offered = {offering.zone for offering in problem.offerings}
    zones = sorted(offered.union({node.zone for node in problem.nodes}, *problem.placed.values()))
    by_zone = None
    if len(zones) * prod(sizes) <= MOST_STATES and len(zones) * pairs <= MOST_PAIRS:
        by_zone = _least_by_zone(problem, placed, zones, nodes)
    return float(table.least(problem.offerings, nodes).flat[-1]) if by_zone is None else by_zone


def _least_by_zone(
    problem: Problem, placed: Sequence[Class], zones: Sequence[str], nodes: Sequence[ExistingNode]
) -> float | None:
    """The least by the rules on zones, None where there are none or too many ways to keep them.

    The classes that such a rule concerns are shared out in every way, and the others, in rows of costs that
    have an axis for each of them, one zone after the other.
    """
    rules = [rule for each in placed for rule in each.zone_rules()]
    groups = {rule.group for rule in rules}
    bound = [each for each in placed if any(each.zone_rules()) or groups & each.shape.member_of]
    others = [each for each in placed if each not in bound]
    shared = allotments(problem, bound, zones) if rules else None
    sizes = [each.placed + 1 for each in others]
    if shared is None or not len(shared):
        return None
    if len(shared) * prod(s * (s + 1) // 2 for s in sizes) * len(zones) > MOST_PAIRS:
        return None
    table = _Table(problem, [*bound, *others], [each.placed + 1 for each in (*bound, *others)])
    costs = np.full((len(shared), *sizes), inf)
    costs.reshape(len(shared), -1)[:, 0] = 0.0
    for index, zone in enumerate(zones):
        offerings = [offering for offering in problem.offerings if offering.zone == zone]
        here = table.least(offerings, [node for node in nodes if node.zone == zone])
        costs = _shared_with(costs, here[tuple(shared[:, :, index].T)])
    return float(costs.reshape(len(shared), -1)[:, -1].min(initial=inf))


def _shared_with(costs: Costs, here: Costs) -> Costs:
    """By row and entry the least of leaving a part of the entry to what was before and the rest to here."""
    least = np.empty_like(costs)
    for entry in np.ndindex(*costs.shape[1:]):
        part = (slice(None), *(slice(0, number + 1) for number in entry))
        rest = (slice(None), *(slice(number, None, -1) for number in entry))
        sums = costs[part] + here[rest]
        least[(slice(None), *entry)] = sums.reshape(len(sums), -1).min(axis=1)
    return least


@dataclass(frozen=True)
class _Table:
    problem: Problem
    classes: Sequence[Class]
    sizes: Sequence[int]

    def least(self, offerings: Sequence[Offering], nodes: Sequence[ExistingNode]) -> Costs:
        """By entry the least cost of new nodes of these offerings, beside these nodes that cost nothing."""
        one = self._one_new_node(offerings)
        least = np.full(self.sizes, inf)
        least[(0,) * len(self.sizes)] = 0.0
        for entry in np.ndindex(*self.sizes):
            if any(entry):
                within = tuple(slice(0, number + 1) for number in entry)
                rest = tuple(slice(number, None, -1) for number in entry)
                least[entry] = np.min(one[within] + least[rest])
        for node in nodes:
            without = least.copy()
            for taken in np.argwhere(self.fits(node)).tolist():
                to = tuple(slice(number, None) for number in taken)
                source = tuple(
                    slice(0, size - number) for size, number in zip(self.sizes, taken, strict=True)
                )
                least[to] = np.minimum(least[to], without[source])
        return least

    def fits(self, place: Offering | ExistingNode) -> Flags:
        """Which entries a node can carry, all of an entry at once."""
        room = place.capacity if isinstance(place, Offering) else place.free
        fits = np.ones(self.sizes, bool)
        for asked, had in zip(self._asked, room, strict=True):
            fits &= asked <= had
        for number, each in zip(self._numbers, self.classes, strict=True):
            if not admits(each.shape.where, place.labels, place.taints):
                fits &= number == 0
        if isinstance(place, ExistingNode):
            return fits & self._stand(place)
        return fits

    def _one_new_node(self, offerings: Sequence[Offering]) -> Costs:
        cost = np.full(self.sizes, inf)
        for offering in offerings:
            np.minimum(cost, offering.cost, out=cost, where=self.fits(offering))
        cost[~self._stand(None)] = inf
        cost[(0,) * len(self.sizes)] = inf  # a node that carries nothing is not bought
        return cost

    def _stand(self, node: ExistingNode | None) -> Flags:
        """Which entries break no spread over hosts and stand apart from nobody, beside who runs there."""
        numbers, stand = self._numbers, np.ones(self.sizes, bool)
        members = node.members if node else {}
        for number, each in zip(numbers, self.classes, strict=True):
            if node and node.apart & each.shape.member_of:
                stand &= number == 0
            for rule in each.shape.rules:
                here = members.get(rule.group, 0) + sum(
                    n
                    for n, other in zip(numbers, self.classes, strict=True)
                    if rule.group in other.shape.member_of
                )
                if rule.domain == HOST_LABEL and rule.kind is RuleKind.SPREAD:
                    stand &= (number == 0) | (here <= rule.skew)
                if rule.domain == HOST_LABEL and rule.kind is RuleKind.APART:
                    stand &= (number == 0) | (here - (rule.group in each.shape.member_of) <= 0)
        return stand

    @cached_property
    def _numbers(self) -> Sequence[Numbers]:
        """By class how many pods of it each entry has."""
        return np.meshgrid(*(np.arange(size) for size in self.sizes), indexing="ij", sparse=True)

    @cached_property
    def _asked(self) -> Sequence[Numbers]:
        """By resource what each entry asks for."""
        requests = zip(*(each.shape.requests for each in self.classes), strict=True)
        return [
            np.asarray(sum(n * one for n, one in zip(self._numbers, row, strict=True))) for row in requests
        ]
