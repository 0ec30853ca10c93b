"""The lower bound of what a plan places, with what is needed to check it again (see model.Certificate)."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.exact import MOST_STATES
from apps.pipeline.optimizer.model import Certificate, RuleKind
from apps.pipeline.optimizer.pricing import most_worth
from apps.pipeline.optimizer.relaxing import Prices
from apps.pipeline.optimizer.rules import ZoneRule
from apps.pipeline.optimizer.side_by_side import side_by_side
from apps.pipeline.optimizer.spreading import least_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bound:
    """`value[z, c]` is what a pod of class c is worth in zone z, `worth` the most a node of each bin can be,
    counted in `whole` pods where that was needed.

    `duals` by class, `parts` by the index of a zone rule what it adds in each zone.
    """

    duals: Floats
    parts: dict[int, Floats]
    value: Floats
    worth: Floats
    weights: Floats
    whole: Flags
    certificate: Certificate

    def of(self, arrays: Arrays, counts: Ints) -> "Bound":
        """The bound for a plan that places fewer: nodes can be worth no more than before."""
        # Room that nobody left asks for is worth nothing, and is not rounded to what they ask for either.
        takes = (arrays.bins.limit > 0) & (counts > 0)[:, None]
        weights = np.where(takes.T.astype(np.float64) @ arrays.requests > 0, self.weights, 0.0)
        certificate = _certificate(arrays, counts, self.duals, self.parts, self.worth, weights, self.whole)
        return replace(self, certificate=certificate)


def bound_of(arrays: Arrays, counts: Ints, prices: Prices, dominator: Ints) -> Bound:
    """The bound that `prices` prove for every plan that places `counts` pods of the classes.

    `dominator` gives by offering one that is worth no less and costs no more: only those are reckoned.
    """
    duals, parts = _duals(arrays, counts, prices)
    return bound_at(arrays, counts, duals, parts, prices.weights, dominator)


def bound_at(
    arrays: Arrays, counts: Ints, duals: Floats, parts: dict[int, Floats], weights: Floats, dominator: Ints
) -> Bound:
    """The bound that these duals prove; `weights` are where the search for good ones begins."""
    bins, offered = arrays.bins, arrays.offered
    value = np.repeat(duals[None, :], len(arrays.zones), axis=0)
    for index, part in parts.items():
        value[:, arrays.zone_rules[index].counted] += part[:, None]
    weights = weights.copy()
    worth = np.zeros(len(bins.cost))
    whole = np.zeros(len(bins.cost), dtype=np.bool_)
    reckoned = np.concatenate([np.unique(dominator), np.arange(offered, len(bins.cost))])
    upper = np.ascontiguousarray(np.minimum(bins.limit, counts[:, None]).T, dtype=np.float64)
    limits = _group_limits(arrays)

    def reckon(some: Ints) -> None:
        most_worth(
            some,
            bins.zone,
            bins.capacity,
            bins.cost,
            value,
            arrays.requests,
            upper,
            arrays.host_rules.bound_group,
            limits,
            weights,
            worth,
            whole,
            np.full(len(some), np.inf),
            np.zeros((len(some), len(counts)), dtype=np.int64),
            MOST_STATES,
        )

    side_by_side(partial(reckon, reckoned[::2].copy()), partial(reckon, reckoned[1::2].copy()))
    for array in (weights, worth, whole):
        array[:offered] = array[dominator]
    certificate = _certificate(arrays, counts, duals, parts, worth, weights, whole)
    return Bound(duals, parts, value, worth, weights, whole, certificate)


def _certificate(
    arrays: Arrays,
    counts: Ints,
    duals: Floats,
    parts: dict[int, Floats],
    worth: Floats,
    weights: Floats,
    whole: Flags,
) -> Certificate:
    offered = arrays.offered
    cost = arrays.bins.cost[:offered]
    some = worth[:offered] > 0
    alpha = float((cost[some] / worth[:offered][some]).min(initial=np.inf))
    total = float(duals @ counts) - float(worth[offered:].sum())
    for index, part in parts.items():
        rule = arrays.zone_rules[index]
        total += least_of(rule, int(counts[rule.counted].sum()), part)
    if not np.isfinite(alpha) or total <= 0:
        alpha = 0.0
    # A hair less than the arithmetic says, so that rounding never lifts the bound above the truth.
    alpha *= 1 - 1e-9
    problem = arrays.problem
    return Certificate(
        alpha=alpha,
        duals={index: float(dual) for index, dual in enumerate(duals) if dual},
        zone_duals={
            (rule.kind, rule.group, zone): float(part[at])
            for rule, part in ((arrays.zone_rules[index], part) for index, part in parts.items())
            for at, zone in enumerate(arrays.zones)
            if part[at]
        },
        weights={
            offering.key: tuple(row)
            for offering, row in zip(problem.offerings, weights[:offered].tolist(), strict=True)
        },
        node_weights={
            node.name: tuple(row) for node, row in zip(problem.nodes, weights[offered:].tolist(), strict=True)
        },
        share_duals={},
        bound=max(0.0, alpha * total),
        exact={problem.offerings[index].key: (0, 1) for index in np.flatnonzero(whole[:offered]).tolist()},
    )


def _duals(arrays: Arrays, counts: Ints, prices: Prices) -> tuple[Floats, dict[int, Floats]]:
    """By class its dual and by rule its part in each zone, together nowhere above the ceiling."""
    ceiling = prices.ceiling
    highest = float(ceiling[np.isfinite(ceiling)].max(initial=0.0))
    parts: dict[int, Floats] = {}
    added = np.zeros_like(ceiling)
    for index, rule in enumerate(arrays.zone_rules):
        counted = rule.counted[counts[rule.counted] > 0]
        if not rule.usable or not len(counted):
            continue
        part = _part(rule, counted, counts, ceiling, prices.zone_parts.get(index), highest)
        if part.any():
            parts[index] = part
            added[:, rule.counted] += part[:, None]
    duals = (ceiling - added).min(axis=0, initial=np.inf)
    duals[~np.isfinite(duals) | (counts == 0)] = 0.0
    return np.maximum(duals, 0.0), parts


def _part(
    rule: ZoneRule,
    counted: Ints,
    counts: Ints,
    ceiling: Floats,
    relaxed: Floats | None,
    highest: float,
) -> Floats:
    match rule.kind:
        case RuleKind.TOGETHER:
            closed = (rule.existing == 0) & bool(rule.existing.any())
            return np.asarray(np.where(closed, -highest, 0.0))
        case RuleKind.APART:
            return np.where(rule.existing > 0, -highest, 0.0)
    if relaxed is not None:
        return relaxed
    weighted = ceiling[:, counted] @ counts[counted] / counts[counted].sum()
    reached = np.isfinite(weighted)
    if not reached.any():
        return np.zeros(len(weighted))
    return np.asarray(np.where(reached, weighted, weighted[reached].max()) - weighted[reached].mean())


def _group_limits(arrays: Arrays) -> Floats:
    """The bound's k by bin and host group: on a running node, its members are taken off."""
    rules = arrays.host_rules
    limits = np.repeat(rules.bound_limit[None, :].astype(np.float64), len(arrays.bins.cost), axis=0)
    for row, node in enumerate(arrays.problem.nodes, start=arrays.offered):
        for index, group in enumerate(rules.bound_names):
            if node.members.get(group):
                limits[row, index] = max(0.0, limits[row, index] - node.members[group])
    return limits
