"""Few pods: every way to part them among nodes is looked at, and the cheapest is the answer.

Rules on zones are kept by looking at every way to share the pods out over the zones; where those are too
many, the cost found is that of a plan without the rules: a bound, and no plan. So it is with the policy's
limits, which are only looked at afterwards.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.allotting import allotments
from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.model import HOST_LABEL, Certificate, Limits, RuleKind
from apps.pipeline.optimizer.partitions import join, part, price_states

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_STATES, MOST_PAIRS = 42_000, 15_000_000
Content = tuple[tuple[int, int], ...]  # pairs of class and number


@dataclass(frozen=True, slots=True)
class Parted:
    """`cost` is at or below that of every plan; `rows` (bin, what it carries) make a plan if `kept`."""

    cost: float
    rows: list[tuple[int, Content]]
    kept: bool


def parted(arrays: Arrays, counts: Ints) -> Parted | None:
    """The cheapest parting of `counts` pods by class; None where there are too many, or none is possible."""
    active = np.flatnonzero(counts).tolist()
    nodes = _usable_nodes(arrays, active)
    pods = counts[active].tolist()
    states = prod(number + 1 for number in pods)
    pairs = _pairs(pods)
    if not active or states * (1 + len(nodes)) > MOST_STATES or pairs * (1 + len(nodes)) > MOST_PAIRS:
        return None
    table = _Table(arrays, counts, active)
    found, cost = _over_zones(arrays, counts, table, nodes)
    by_rules = bool(found)
    if not by_rules:
        zone = _Zone(table, np.arange(arrays.offered), nodes)
        found, cost = [(zone, len(table.states) - 1)], float(zone.best[-1])
    if not np.isfinite(cost):
        return None
    rows = [row for zone, state in found for row in zone.rows(state)]
    follows = any(
        rule.kind is RuleKind.TOGETHER and rule.domain == HOST_LABEL
        for class_ in active
        for rule in arrays.classes.shapes[class_].rules
    )
    kept = (by_rules or not table.ruled) and not follows and _within(arrays, rows)
    return Parted(cost, rows, kept)


def certificate_of(found: Parted) -> Certificate:
    """A hair less than what was found, so that rounding never lifts the bound above the truth."""
    return Certificate(0.0, {}, {}, {}, {}, {}, bound=found.cost * (1 - 1e-9), parted=True)


def _over_zones(
    arrays: Arrays, counts: Ints, table: "_Table", nodes: list[int]
) -> tuple[list[tuple["_Zone", int]], float]:
    """The zones with the state of each in the cheapest plan by the rules on zones; no zone if that is long.

    The pods that such a rule touches are allotted to the zones in every way, all others join them.
    """
    bins, zones = arrays.bins, len(arrays.zones)
    touched = [at for at, class_ in enumerate(table.active) if class_ in table.ruled]
    others = [at for at in range(len(table.active)) if at not in touched]
    runs = zones + len(nodes)
    if not touched or len(table.states) * runs > MOST_STATES or table.pairs * runs > MOST_PAIRS:
        return [], np.inf
    every = allotments(arrays, counts, [table.active[at] for at in touched])
    joining, strides = _states([int(counts[table.active[at]]) for at in others])
    pairs = _pairs([int(counts[table.active[at]]) for at in others])
    if every is None or not len(every) or len(every) * pairs * zones > MOST_PAIRS:
        return [], np.inf
    offered = bins.zone[: arrays.offered]
    tables = [
        _Zone(table, np.flatnonzero(offered == index), [node for node in nodes if bins.zone[node] == index])
        for index in range(zones)
    ]
    bases = np.tensordot(table.strides[touched], every, axes=(0, 1))
    joined = joining @ table.strides[others]
    costs = [each.best[bases[:, index, None] + joined] for index, each in enumerate(tables)]
    best, taken = [costs[0]], []
    for there in costs[1:]:
        best.append(np.empty_like(there))
        taken.append(np.zeros(there.shape, dtype=np.int64))
        join(joining, strides, best[-2], there, best[-1], taken[-1])
    at = int(np.argmin(best[-1][:, -1]))
    state, found = len(joining) - 1, []
    for index in range(zones - 1, -1, -1):
        here = int(taken[index - 1][at, state]) if index else state
        found.append((tables[index], int(bases[at, index] + joined[here])))
        state -= here
    return found, float(best[-1][at, -1])


def _pairs(numbers: list[int]) -> int:
    """How many pairs of a state and a part of it there are."""
    return prod((number + 1) * (number + 2) // 2 for number in numbers)


def _states(numbers: list[int]) -> tuple[Ints, Ints]:
    """Every part of that many pods by class, and the strides of their numbers."""
    sizes = [number + 1 for number in numbers]
    states = np.indices(sizes).reshape(len(sizes), prod(sizes)).T
    strides = [prod(sizes[at + 1 :]) for at in range(len(sizes))]
    return np.ascontiguousarray(states), np.array(strides, dtype=np.int64)


class _Table:
    """Every part of the pods: `states` by class, what they ask for, and how they stand on one host."""

    def __init__(self, arrays: Arrays, counts: Ints, active: list[int]) -> None:
        self.arrays, self.active = arrays, active
        numbers = [int(counts[class_]) for class_ in active]
        self.states, self.strides = _states(numbers)
        self.pairs = _pairs(numbers)
        self.ruled = _touched(arrays, active)
        self.loads = self.states @ arrays.requests[active]
        self.limit = np.ascontiguousarray(arrays.bins.limit[active])
        self.keepable = self._kept_beside({})

    def fits(self, bin_: int) -> Flags:
        """Which states an existing node can take."""
        arrays = self.arrays
        node = arrays.problem.nodes[bin_ - arrays.offered]
        fits = (self.loads <= np.array(node.free)).all(axis=1)
        fits &= (self.states <= self.limit[:, bin_]).all(axis=1)
        fits &= self._kept_beside(dict(node.members))
        fits[0] = True
        return np.asarray(fits)

    def _kept_beside(self, members: dict[str, int]) -> Flags:
        """Which states break no rule on hosts beside pods that run there, counted by group."""
        shapes = [self.arrays.classes.shapes[class_] for class_ in self.active]
        kept = np.ones(len(self.states), dtype=np.bool_)
        for at, shape in enumerate(shapes):
            for rule in shape.rules:
                if rule.domain != HOST_LABEL or rule.kind is RuleKind.TOGETHER:
                    continue
                belonging = [index for index, other in enumerate(shapes) if rule.group in other.member_of]
                here = self.states[:, belonging].sum(axis=1) + members.get(rule.group, 0)
                most = rule.skew if rule.kind is RuleKind.SPREAD else int(rule.group in shape.member_of)
                kept &= (here <= most) | (self.states[:, at] == 0)
        return kept


class _Zone:
    """The partings among some pools and existing nodes: `best` is by state the least that they cost."""

    def __init__(self, table: _Table, pools: Ints, nodes: list[int]) -> None:
        bins, states = table.arrays.bins, table.states
        self._table, self._nodes = table, nodes
        price = np.full(len(states), np.inf)
        self._pool = np.full(len(states), -1, dtype=np.int64)
        order = pools[np.argsort(bins.cost[pools], kind="stable")]
        price_states(
            states,
            table.loads,
            table.keepable,
            order,
            table.limit,
            bins.capacity,
            bins.cost,
            price,
            self._pool,
        )
        self.best = np.empty(len(states))
        self._taken = np.zeros((len(nodes) + 1, len(states)), dtype=np.int64)
        part(states, table.strides, price, self.best, self._taken[0])
        for at, node in enumerate(nodes, start=1):
            before, free = self.best[None].copy(), np.where(table.fits(node), 0.0, np.inf)[None]
            join(states, table.strides, before, free, self.best[None], self._taken[at][None])

    def rows(self, state: int) -> list[tuple[int, Content]]:
        """The bins that carry a state, with what each of them does."""
        found = []
        for at in range(len(self._nodes), 0, -1):
            taken = int(self._taken[at, state])
            if taken:
                found.append((self._nodes[at - 1], self._content(taken)))
            state -= taken
        while state:
            taken = int(self._taken[0, state])
            found.append((int(self._pool[taken]), self._content(taken)))
            state -= taken
        return found

    def _content(self, state: int) -> Content:
        numbers = self._table.states[state].tolist()
        return tuple((class_, n) for class_, n in zip(self._table.active, numbers, strict=True) if n)


def _usable_nodes(arrays: Arrays, active: list[int]) -> list[int]:
    takes = (arrays.bins.limit[active, arrays.offered :] > 0).any(axis=0)
    return (np.flatnonzero(takes) + arrays.offered).tolist()


def _touched(arrays: Arrays, active: list[int]) -> set[int]:
    """The classes that carry a rule on zones that pods here carry, or are members of its group."""
    rules = [rule for rule in arrays.zone_rules if set(rule.carriers.tolist()) & set(active)]
    return {class_ for rule in rules for class_ in (*rule.carriers.tolist(), *rule.members.tolist())} & set(
        active
    )


def _within(arrays: Arrays, rows: list[tuple[int, Content]]) -> bool:
    """Whether what is bought keeps to the policy's limits."""
    limits: Limits = arrays.problem.limits
    bins = arrays.bins
    bought = np.array([bin_ for bin_, _ in rows if bin_ < arrays.offered], dtype=np.int64)
    if not len(bought):
        return True
    most = -(-limits.max_pool_share_pct * len(bought) // 100)
    cap = limits.max_price_hourly_usd
    return bool(
        np.bincount(bought).max() <= most
        and bins.on_demand[bought].sum() >= min(limits.min_on_demand_nodes, len(bought))
        and (cap is None or bins.price[bought].sum() <= cap + 1e-9)
    )
