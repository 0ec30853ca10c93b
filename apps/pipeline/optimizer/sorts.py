"""Sorts: classes that a column need not tell apart, since they ask for the same and the same rules hold.

Coarser than classes by far where many workloads have the same few sizes, exact where clusters are rough.
Host groups that need few nodes are overlooked, which can only lower the bound and is mended in the packing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.clusters import demanding_groups
from apps.pipeline.optimizer.families import Families, Family
from apps.pipeline.optimizer.lots import ANY_ZONE, Lot, LotArrays, lot_arrays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sorts:
    """`of` class its sort; by sort the pods, and `demand[z]` of those whose share of each zone is fixed.

    `family` is by sort as in Families.
    """

    of: Ints
    pods: Ints
    demand: Floats
    family: Ints
    families: list[Family]
    lots: LotArrays
    group: Ints
    upper: Floats


def sorts_of(
    arrays: Arrays, counts: Ints, signature: Ints, families: Families, *, at_most: int
) -> Sorts | None:
    """The sorts of the classes with pods, None where there are more than `at_most`."""
    host, _ = demanding_groups(arrays, counts)
    keys = np.column_stack([signature, host, families.of, counts == 0, arrays.requests.astype(np.int64)])
    _, of = np.unique(keys, axis=0, return_inverse=True)
    of = of.reshape(-1)
    number = int(of.max()) + 1
    if number > at_most:
        return None
    own_rules = np.array([len(shape.rules) for shape in arrays.classes.shapes])
    order = np.lexsort((own_rules, of))
    first = order[np.searchsorted(of[order], np.arange(number))]
    pods = np.bincount(of, counts, number).astype(np.int64)
    demand = np.array([np.bincount(of, shares, number) for shares in families.shares])
    lots = lot_arrays(
        arrays, [Lot(((int(class_), 1),), ANY_ZONE) for class_ in first], np.ones((1, len(counts)))
    )
    group = np.where(host >= 0, arrays.host_rules.bound_group, -1)[first]
    limit = np.minimum(arrays.bins.limit[first], pods[:, None])
    return Sorts(
        of=of,
        pods=pods,
        demand=demand,
        family=families.of[first],
        families=families.families,
        lots=lots,
        group=group,
        upper=np.ascontiguousarray(limit.T, dtype=np.float64),
    )
