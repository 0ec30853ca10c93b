"""One look at all pools at given prices: what a node of each can be worth, and the best fillings found."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.pricing import best_fillings, most_worth
from apps.pipeline.optimizer.side_by_side import side_by_side
from apps.pipeline.optimizer.sorts import Sorts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TRIES = 20


@dataclass(frozen=True, slots=True)
class Look:
    """By pool: the most that a node is worth, if counted in whole pods; the most found, and its filling."""

    worth: Floats
    whole: Flags
    found: Floats
    fillings: Ints


def look(
    arrays: Arrays, sorts: Sorts, pools: Ints, weights: Floats, value: Floats, *, most_states: int
) -> Look:
    """What the prices `value` (by zone and sort, none below 0) make of `pools`; betters their `weights`.

    Whole pods are counted where that takes at most `most_states`.
    """
    bins = arrays.bins
    found = np.zeros(len(pools))
    fillings = np.zeros((len(pools), len(sorts.pods)), dtype=np.int64)
    worth = np.zeros(len(bins.cost))
    whole = np.zeros(len(bins.cost), dtype=np.bool_)
    limits = np.repeat(sorts.group_limit[None, :], len(worth), axis=0)
    weight = weights * bins.capacity + 0.02 * bins.cost[:, None]

    def price(part: slice) -> None:
        some = pools[part]
        most_worth(
            some,
            bins.zone,
            bins.capacity,
            bins.cost,
            value,
            sorts.lots.requests,
            sorts.upper,
            sorts.group,
            limits,
            weights,
            worth,
            whole,
            found[part],
            fillings[part],
            most_states,
        )
        nobody = np.zeros(len(arrays.host_rules.groups), dtype=np.int64)
        # A pool that cannot be worth more than its cost prices nothing in; whole pods count for good.
        best_fillings(
            some,
            bins.zone,
            bins.capacity,
            bins.cost,
            weight,
            value,
            sorts.pods.copy(),
            sorts.lots.packed,
            sorts.lots.rules,
            (nobody, nobody.copy(), np.full(len(nobody), 1 << 40, dtype=np.int64)),
            np.where(worth[some] > bins.cost[some], np.where(whole[some], 0, TRIES), 0),
            found[part],
            fillings[part],
        )

    half = len(pools) - len(pools) // 2
    side_by_side(partial(price, slice(half)), partial(price, slice(half, None)))
    return Look(worth[pools], whole[pools], found, fillings)
