"""Offerings that no plan needs, since others give as much for as little."""

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays


def worth_considering(arrays: Arrays) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The offerings left when those are dropped that enough others dominate; and by offering, one that does.

    p dominates q if it costs no more, has as much room of everything, admits every class that q admits, and
    stands in the same zone where a rule asks about zones, and has the same lifecycle where on-demand nodes
    are asked for. Under a share limit of X percent, ceil(100 / X) pools may be needed side by side. An
    offering that is left dominates itself.
    """
    bins, offered = arrays.bins, arrays.offered
    cost, capacity, zone = bins.cost[:offered], bins.capacity[:offered], bins.zone[:offered]
    limits = arrays.problem.limits
    admitted = np.unique(bins.limit[:, :offered] > 0, axis=0).astype(np.float32)
    dominates = cost[:, None] <= cost[None, :]
    for resource in range(capacity.shape[1]):
        dominates &= capacity[:, None, resource] >= capacity[None, :, resource]
    dominates &= (1.0 - admitted).T @ admitted < 0.5
    if arrays.zone_rules:
        dominates &= zone[:, None] == zone[None, :]
    if limits.min_on_demand_nodes:
        dominates &= bins.on_demand[:offered, None] == bins.on_demand[None, :offered]
    if limits.max_price_hourly_usd is not None:
        dominates &= bins.price[:offered, None] <= bins.price[None, :offered]
    equal = dominates & dominates.T
    index = np.arange(offered)
    dominates &= ~equal | (index[:, None] < index[None, :])
    needed = -(-100 // max(1, limits.max_pool_share_pct))
    left = dominates.sum(axis=0) < needed
    useful = bins.limit[:, :offered].any(axis=0)
    by = np.where(left, index, np.argmax(dominates & left[:, None], axis=0) if offered else index)
    return np.flatnonzero(left & useful), by
