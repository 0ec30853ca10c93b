"""Why a packing left what it left: money, shares, no room on what runs, or time."""

from collections import Counter

import numpy as np

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.excluding import SENTENCES
from apps.pipeline.optimizer.model import Exclusion
from apps.pipeline.optimizer.packed import Packing


def why_left(arrays: Arrays, packing: Packing, seconds_left: float) -> Counter[tuple[int, Exclusion]]:
    """The pods without a place, counted by class and reason."""
    found: Counter[tuple[int, Exclusion]] = Counter()
    for index in np.flatnonzero(packing.left).tolist():
        lot, units = packing.lots.lots[index], int(packing.left[index])
        takers = np.flatnonzero(packing.lots.admitted[: arrays.offered, index])
        for class_, number in lot.content:
            because = (
                _refused(arrays, packing, takers, seconds_left) if len(takers) else _nowhere(arrays, class_)
            )
            found[class_, because] += number * units
    return found


def _refused(
    arrays: Arrays, packing: Packing, takers: np.ndarray[tuple[int, ...], np.dtype[np.int64]], left: float
) -> Exclusion:
    """What keeps a lot from the pools that would take it."""
    limits = arrays.problem.limits
    if (arrays.bins.price[takers] > packing.price_left).all():
        return Exclusion.CAP
    if limits.max_pool_share_pct < 100 and left > 0:
        return Exclusion.POOL_SHARE
    return Exclusion.CAP if limits.max_price_hourly_usd is not None else Exclusion.TIME


def _nowhere(arrays: Arrays, class_: int) -> Exclusion:
    """No pool takes the lot: its pods are too large, or a rule binds them to a zone or to one another."""
    if not (arrays.bins.limit[class_, : arrays.offered] > 0).any():
        return Exclusion.TOO_LARGE
    kinds = {rule.kind for rule in arrays.classes.shapes[class_].rules}
    return next((reason for reason, kind in SENTENCES.items() if kind in kinds), Exclusion.TIME)
