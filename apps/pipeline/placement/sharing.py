"""How many of the new nodes may be of one pool, where a pod has few pools to choose from."""

import math
from collections.abc import Collection, Iterable
from itertools import islice

from apps.pipeline.decision.model import ON_DEMAND, SPOT
from apps.pipeline.optimizer.model import Offering, Shape
from apps.pipeline.verification.eligibility import admits


def share_pct(wanted: int, shapes: Iterable[Shape], offerings: Collection[Offering]) -> int:
    """The policy's share, or the least that leaves every pod a place.

    It is a share of spot nodes: where a pod has too few spot pools for it, the share is widened, and nobody
    is sent to on-demand nodes for the sake of variety.
    """
    enough = math.ceil(100 / wanted)
    by_lifecycle = [[one for one in offerings if one.lifecycle == name] for name in (SPOT, ON_DEMAND)]
    fewest = enough
    for shape in set(shapes):
        counts = (_takers(shape, pools, enough) for pools in by_lifecycle)
        fewest = min(fewest, next(filter(None, counts), enough))
    return wanted if fewest >= enough else max(wanted, math.ceil(100 / fewest))


def _takers(shape: Shape, offerings: Iterable[Offering], enough: int) -> int:
    """How many of the pools hold a pod of that shape; counted up to `enough`."""
    takers = (one for one in offerings if _holds(one, shape))
    return sum(1 for _ in islice(takers, enough))


def _holds(offering: Offering, shape: Shape) -> bool:
    return all(has >= asked for has, asked in zip(offering.capacity, shape.requests, strict=True)) and admits(
        shape.where, offering.labels, offering.taints
    )
