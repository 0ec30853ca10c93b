"""From a first plan to a better one by columns: the bound that they prove, and the nodes that they name."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.certifying import Bound, bound_at
from apps.pipeline.optimizer.columns import Column, Columns, SortPrices
from apps.pipeline.optimizer.families import RIGID, Families
from apps.pipeline.optimizer.lots import Lot
from apps.pipeline.optimizer.packed import Packing
from apps.pipeline.optimizer.sorts import Sorts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEARLY_ALL = 0.9  # of a column's pods must be left for one more node of it
SLOW = 0.001  # of the master's value: with less won by a round, it is time for the best columns
CONVERGED = 0.001  # of the master's value: closer than this to its bound, more columns are of no use


@dataclass(frozen=True, slots=True)
class Generated:
    """`used` are columns with how often the master takes them; `targets` pods by zone and sort."""

    sorts: Sorts
    used: list[tuple[Column, float]]
    targets: Floats
    bound: Bound


def generate(
    arrays: Arrays,
    counts: Ints,
    families: Families,
    sorts: Sorts,
    pools: Ints,
    dominator: Ints,
    bound: Bound,
    first: Packing,
    *,
    until: float,
    gap: float,
) -> Generated | None:
    """Columns until the moment `until` (of time.monotonic()), or until they cannot help; None if too late."""
    columns = Columns(arrays, sorts, pools, bound.weights, _centre(arrays, counts, sorts, bound))
    for row in range(first.existing, first.rows):
        columns.add(int(first.bin_of[row]), _sorts_on(first, row, sorts))
    found = _whole(columns, until, gap)
    if found is None:
        return None
    columns.fractional = True
    while (left := until - time.monotonic()) > 0 and not _converged(columns, gap):
        if columns.improve(left) <= 0:
            break
    duals, parts = _by_class(arrays, families, sorts, columns.centre)
    proven = bound_at(arrays, counts, duals, parts, bound.weights, dominator)
    return Generated(sorts, *found, proven)


def _whole(columns: Columns, until: float, gap: float) -> tuple[list[tuple[Column, float]], Floats] | None:
    """What the master takes, and puts where, once columns of whole pods no longer help; None if too late."""
    rounds = 0
    while (left := until - time.monotonic()) > 0:
        before = columns.value
        added = columns.improve(left)
        rounds += added >= 0
        if columns.rough and added >= 0 and columns.value > (1 - SLOW) * before:
            columns.rough = False
        elif added <= 0 or _converged(columns, gap):
            break
    columns.rough = False
    if not rounds:
        return None
    # Where that comes too late, the solution before it is as good but for the last columns.
    columns.solve(max(0.05, until - time.monotonic()))
    return columns.used(), columns.zone_targets()


def _converged(columns: Columns, gap: float) -> bool:
    return columns.value - columns.best < min(CONVERGED, gap / 3) * columns.value


def lots_of_sorts(sorts: Sorts, lots: list[Lot]) -> tuple[Ints, Ints]:
    """The plain lots of each sort, end to end: starts and values."""
    of_lot = np.array([sorts.of[lot.content[0][0]] if lot.plain else -1 for lot in lots], dtype=np.int64)
    order = np.argsort(of_lot, kind="stable")
    starts = np.searchsorted(of_lot[order], np.arange(len(sorts.pods) + 1))
    return starts.astype(np.int64), order.astype(np.int64)


def follow_columns(packing: Packing, generated: Generated, lots: list[Lot]) -> None:
    """Open the nodes that the columns name: whole times first, then while what is left makes up a column."""
    of_sort = lots_of_sorts(generated.sorts, lots)
    for column, times in generated.used:
        if times >= 1:
            packing.follow(column.pool, column.whole, of_sort, int(times + 1e-6), 0.95)
    rest = sorted(generated.used, key=lambda pair: pair[1] % 1.0, reverse=True)
    for column, _ in rest:
        packing.follow(column.pool, column.whole, of_sort, 1, NEARLY_ALL)
    for column, _ in rest:
        packing.follow(column.pool, column.whole, of_sort, 1 << 20, NEARLY_ALL)
    packing.top_up()


def _sorts_on(packing: Packing, row: int, sorts: Sorts) -> Ints:
    numbers = np.zeros(len(sorts.pods), dtype=np.int64)
    for at in range(packing.length[row]):
        lot = packing.lots.lots[packing.carried[row, at]]
        for class_, number in lot.content:
            numbers[sorts.of[class_]] += number * packing.numbers[row, at]
    return numbers


def _centre(arrays: Arrays, counts: Ints, sorts: Sorts, bound: Bound) -> SortPrices:
    """The prices of classes as averages by sort."""
    number = len(sorts.pods)
    pods = np.maximum(sorts.pods, 1)
    value = np.array([np.bincount(sorts.of, row * counts, number) / pods for row in bound.value])
    duals = np.bincount(sorts.of, bound.duals * counts, number) / pods
    nothing = np.zeros(len(arrays.zones))
    parts = [
        np.mean([bound.parts.get(index, nothing) for index in family.rules], axis=0)
        for family in sorts.families
    ]
    for index, part in enumerate(parts):
        value[:, sorts.family == index] = duals[sorts.family == index] + part[:, None]
    return SortPrices(duals, parts, value)


def _by_class(
    arrays: Arrays, families: Families, sorts: Sorts, prices: SortPrices
) -> tuple[Floats, dict[int, Floats]]:
    """The prices of sorts as duals of classes and parts of zone rules."""
    duals = prices.duals[sorts.of].copy()
    parts: dict[int, Floats] = {}
    for index, rule in enumerate(arrays.zone_rules):
        for class_ in rule.counted.tolist():
            if families.of[class_] == RIGID and rule.kind == "spread" and rule.usable:
                here = prices.value[:, sorts.of[class_]]
                duals[class_] = here.mean()
                parts[index] = here - here.mean()
    for family, part in zip(families.families, prices.family_parts, strict=True):
        parts.update((index, part) for index in family.rules)
    return duals, parts
