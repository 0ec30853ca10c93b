"""Classes that the relaxation may treat as one: close in the mix of what they ask for, alike in their rules.

An LP over clusters instead of classes has the same prices of resources but for a few parts in a thousand,
and its size does not grow with the number of workloads. Its duals are only a guess at good prices: the bound
is computed from them for the classes themselves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.families import Families

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Steps for the shares of the resources, and for the size in powers of two where a count limits: finest first.
FINENESS = ((24, 4.0), (16, 2.0), (12, 1.0), (8, 1.0), (5, 0.5), (3, 0.5), (2, 0.25), (1, 0.0))
# Host groups that need at least this part of the nodes of the most demanding one are modelled.
DEMANDING = 0.3


@dataclass(frozen=True, slots=True)
class Clusters:
    """`of` class its cluster; by cluster the pods, what one asks for on average, and its rules.

    `host_group` is -1 or an index into `host_groups` (of the bound's host groups); `family` as in Families.
    """

    of: Ints
    pods: Floats
    requests: Floats
    first: Ints
    host_group: Ints
    host_groups: Ints
    family: Ints


def clusters_of(
    arrays: Arrays, counts: Ints, signature: Ints, families: Families, *, at_most: int
) -> Clusters:
    """The finest clusters that are no more than `at_most`, or the coarsest there are.

    `signature` numbers the classes by the bins that admit them.
    """
    host, host_groups = demanding_groups(arrays, counts)
    family = families.of
    scale = np.maximum(np.median(arrays.bins.capacity, axis=0), 1.0)
    shares = arrays.requests / scale
    size = shares.max(axis=1)
    mix = shares / np.maximum(size, 1e-12)[:, None]
    counted = (host >= 0) | (family >= 0)
    for steps, size_steps in FINENESS:
        sizes = np.where(counted, np.round(np.log2(np.maximum(size, 1e-9)) * size_steps), 0.0)
        keys = np.column_stack(
            [
                signature,
                host,
                family,
                sizes.astype(np.int64),
                np.round(mix * steps).astype(np.int64),
            ]
        )
        _, first, of = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        if len(first) <= at_most:
            break
    of = of.reshape(-1)
    number = len(first)
    pods = np.bincount(of, counts, number).astype(np.float64)
    requests = np.column_stack(
        [
            np.bincount(of, counts * arrays.requests[:, resource], number) / np.maximum(pods, 1e-12)
            for resource in range(arrays.requests.shape[1])
        ]
    )
    return Clusters(
        of=of,
        pods=pods,
        requests=requests,
        first=first,
        host_group=host[first],
        host_groups=host_groups,
        family=family[first],
    )


def demanding_groups(arrays: Arrays, counts: Ints) -> tuple[Ints, Ints]:
    """Which host groups need many nodes: the others hardly move the prices of the rest."""
    rules = arrays.host_rules
    groups = len(rules.bound_limit)
    if not groups:
        return rules.bound_group.copy(), np.zeros(0, dtype=np.int64)
    grouped = rules.bound_group >= 0
    nodes = np.bincount(rules.bound_group[grouped], counts[grouped], groups) / rules.bound_limit
    demanding = np.flatnonzero((nodes >= DEMANDING * nodes.max()) & (nodes > 1))
    if len(demanding) > 12:
        demanding = np.sort(np.argsort(-nodes)[:12])
    at = np.full(groups + 1, -1, dtype=np.int64)
    at[demanding] = np.arange(len(demanding))
    return at[rules.bound_group], demanding
