"""Sorts: classes that a column need not tell apart, since they ask for the same and the same rules hold.

Coarser than classes by far where many workloads have the same few sizes, exact where clusters are rough.
Host groups that need few nodes count as one, of which a node may carry as many as of all of them together;
where there are many such groups they are overlooked, which is mended in the packing.
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


FEW_GROUPS = 12
LESSER = 100  # nodes that a host group needs not to be overlooked: for fewer, more sorts cost too much time


@dataclass(frozen=True, slots=True)
class Sorts:
    """`of` class its sort; by sort the pods, and `demand[z]` of those whose share of each zone is fixed.

    `family` is by sort as in Families; `group` is -1 or an index into `group_limit`, the pods that one node
    carries of it at most.
    """

    of: Ints
    pods: Ints
    demand: Floats
    family: Ints
    families: list[Family]
    lots: LotArrays
    group: Ints
    group_limit: Floats
    upper: Floats


def sorts_of(
    arrays: Arrays, counts: Ints, signature: Ints, families: Families, *, at_most: int
) -> Sorts | None:
    """The sorts of the classes with pods, None where there are more than `at_most`."""
    host, _ = demanding_groups(arrays, counts)
    lesser = _lesser_groups(arrays, counts, host)
    pooled = np.isin(arrays.host_rules.bound_group, lesser) & (host < 0)
    host[pooled] = len(counts)
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
    group = np.where(host >= 0, arrays.host_rules.bound_group, -1)
    group[pooled] = len(arrays.host_rules.bound_limit)
    group_limit = np.append(arrays.host_rules.bound_limit, arrays.host_rules.bound_limit[lesser].sum())
    limit = arrays.bins.limit[first]
    if len(lesser):
        limit[pooled[first]] = _fitting(arrays, first[pooled[first]], int(group_limit[-1]))
    limit = np.minimum(limit, pods[:, None])
    return Sorts(
        of=of,
        pods=pods,
        demand=demand,
        family=families.of[first],
        families=families.families,
        lots=lots,
        group=group[first],
        group_limit=group_limit.astype(np.float64),
        upper=np.ascontiguousarray(limit.T, dtype=np.float64),
    )


def _lesser_groups(arrays: Arrays, counts: Ints, host: Ints) -> Ints:
    """The host groups of classes outside `host` that still need so many nodes that large ones feel it."""
    rules = arrays.host_rules
    groups = len(rules.bound_limit)
    grouped = rules.bound_group >= 0
    carried = np.bincount(rules.bound_group[grouped], counts[grouped], groups)
    nodes = carried / np.maximum(rules.bound_limit, 1)
    modelled = np.unique(rules.bound_group[host >= 0])
    lesser = np.setdiff1d(np.flatnonzero(nodes >= LESSER), modelled)
    return lesser if len(lesser) <= FEW_GROUPS else lesser[:0]


def _fitting(arrays: Arrays, classes: Ints, most: int) -> Ints:
    """How many pods of each class a node of each bin has room for, at most `most`: its host rules aside."""
    limit = np.where(arrays.bins.limit[classes] > 0, most, 0)
    for resource in range(arrays.requests.shape[1]):
        asked = arrays.requests[classes, resource]
        some = asked > 0
        fits = arrays.bins.capacity[None, :, resource] // np.maximum(asked[some], 1.0)[:, None]
        limit[some] = np.minimum(limit[some], fits.astype(np.int64))
    return limit
