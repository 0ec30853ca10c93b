"""What is to be packed: the pods by lot, once every zone rule has had its say."""

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.bundling import bundle
from apps.pipeline.optimizer.lots import ANY_ZONE, Lot
from apps.pipeline.optimizer.model import RuleKind
from apps.pipeline.optimizer.seating import Seats
from apps.pipeline.optimizer.zoning import Targets, Zoned, Zoning

Floats = NDArray[np.float64]


def zoned(
    arrays: Arrays,
    counts: NDArray[np.int64],
    ceiling: Floats,
    seats: Seats,
    targets: Targets | None = None,
) -> Zoned:
    """Zones for all pods whose class a zone rule touches, and free lots for all others.

    `counts` are the pods by class to be placed, `ceiling` by zone and class what one is worth there at most.
    `targets` say how many had better go where, as far as the rules leave a choice.
    """
    zoning = Zoning(arrays, counts, ceiling, seats, targets)
    result = Zoned()
    size = (arrays.requests / np.maximum(arrays.requests.max(axis=0), 1.0)).max(axis=1)
    # The choosiest first, so that those who can go anywhere level the rest out; members that carry no rule
    # before them, since they open zones to others; then the largest.
    choices = arrays.reachable.sum(axis=1)
    left = counts.copy()
    bundle(arrays, left, zoning, seats, result)
    if targets is not None:
        for rule in arrays.zone_rules:
            if rule.kind is RuleKind.SPREAD and all(zoning.only_touched_once(c) for c in rule.members):
                zoning.place_group(rule.members, left, targets, result)
    for class_ in np.lexsort((-size, choices, zoning.carrying())).tolist():
        if not left[class_]:
            continue
        if zoning.touched(class_):
            zoning.place(class_, int(left[class_]), result)
        else:
            result.demand[Lot(((class_, 1),), ANY_ZONE)] += int(left[class_])
    return result
