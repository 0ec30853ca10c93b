"""The relaxation: nodes and pods in fractions. Its duals are what resources are worth in each pool.

Over clusters k, pools p and their zones: minimise sum cost_p y_p subject to sum_p x_pk >= pods_k (by zone
where a spread fixes the shares), sum_k requests_k x_pk <= capacity_p y_p, and sum of x_pk over a host group
<= limit y_p. GLOP only: other solvers' duals came out wrong through this interface.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.clusters import Clusters, clusters_of
from apps.pipeline.optimizer.families import RIGID, Families

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Prices:
    """What the relaxation found: `weights` by bin and resource, `ceiling[z, c]` the most that a pod of class
    c may be worth in zone z without being worth more than its room somewhere, `zone_parts` by zone rule what
    the rule adds to a pod in each zone.
    """

    weights: Floats
    ceiling: Floats
    zone_parts: dict[int, Floats]


def signatures(possible: Flags) -> Ints:
    """Numbers the classes by the bins that are possible for them."""
    _, numbers = np.unique(np.packbits(possible, axis=1), axis=0, return_inverse=True)
    return numbers.reshape(-1)


def price(
    arrays: Arrays, counts: Ints, pools: Ints, families: Families, *, clusters: int, seconds: float
) -> Prices:
    """Prices from the relaxation, or even ones over the resources where it cannot be solved in `seconds`.

    `clusters` limits the size of the LP.
    """
    possible = arrays.bins.limit > 0
    grouped = clusters_of(arrays, counts, signatures(arrays.bins.admitted), families, at_most=clusters)
    weights = _even_weights(arrays)
    hosted = np.zeros((len(weights), len(grouped.host_groups)))
    zone_parts: dict[int, Floats] = {}
    relaxation = _Relaxation(arrays, grouped, families, pools, possible)
    if seconds > 0 and relaxation.solve(seconds):
        for bin_, room in relaxation.room.items():
            weights[bin_] = [max(0.0, -row.dual_value()) for row in room]
            hosted[bin_] = [max(0.0, -row.dual_value()) for row in relaxation.host[bin_]]
        for family, rows in zip(families.families, relaxation.zone_rows, strict=True):
            part = np.array([row.dual_value() for row in rows])
            zone_parts.update((index, part) for index in family.rules)
    used = np.array(sorted(relaxation.room), dtype=np.int64)
    return Prices(weights, _ceiling(arrays, grouped, used, possible, weights, hosted), zone_parts)


def _even_weights(arrays: Arrays) -> Floats:
    capacity = arrays.bins.capacity
    some = (capacity > 0) & (arrays.requests.max(axis=0) > 0)
    share = arrays.bins.cost / np.maximum(some.sum(axis=1), 1)
    return np.where(some, share[:, None] / np.maximum(capacity, 1e-12), 0.0)


def _ceiling(
    arrays: Arrays, grouped: Clusters, used: Ints, possible: Flags, weights: Floats, hosted: Floats
) -> Floats:
    """The least, over the pools of a zone that could take the class, of what its room is worth there."""
    zones = arrays.bins.zone
    group = grouped.host_group[grouped.of]
    ceiling = np.full((len(arrays.zones), len(group)), np.inf)
    for zone in range(len(arrays.zones)):
        bins = used[zones[used] == zone]
        if not len(bins):
            continue
        worth = arrays.requests @ weights[bins].T
        for index in range(hosted.shape[1]):
            worth[group == index] += hosted[bins, index]
        ceiling[zone] = np.where(possible[:, bins], worth, np.inf).min(axis=1)
    return ceiling


class _Relaxation:
    def __init__(
        self, arrays: Arrays, grouped: Clusters, families: Families, pools: Ints, possible: Flags
    ) -> None:
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.infinity = self.solver.infinity()
        self.room: dict[int, list[pywraplp.Constraint]] = {}
        self.host: dict[int, list[pywraplp.Constraint]] = {}
        self._arrays = arrays
        self._grouped = grouped
        self.zone_rows = self._zone_rows(families)
        self._demand = self._demand_rows(families)
        cluster_possible = np.zeros((len(grouped.pods), possible.shape[1]), dtype=np.bool_)
        np.logical_or.at(cluster_possible, grouped.of, possible)
        self._objective = self.solver.Objective()
        self._objective.SetMinimization()
        asked = [
            [(resource, float(amount)) for resource, amount in enumerate(row) if amount > 0]
            for row in grouped.requests
        ]
        for pool in pools.tolist():
            self._add_pool(pool, np.flatnonzero(cluster_possible[:, pool]).tolist(), asked)

    def solve(self, seconds: float) -> bool:
        self.solver.SetTimeLimit(max(1, int(seconds * 1000)))
        return bool(self.solver.Solve() == pywraplp.Solver.OPTIMAL)

    def _demand_rows(self, families: Families) -> list[list[pywraplp.Constraint]]:
        """By cluster and zone, the row that a pod there serves: the same row for all zones, or one each."""
        grouped, zones = self._grouped, len(self._arrays.zones)
        rows = []
        for cluster, pods in enumerate(grouped.pods.tolist()):
            if grouped.family[cluster] != RIGID:
                rows.append([self.solver.RowConstraint(pods, self.infinity, "")] * zones)
                continue
            shares = families.shares[:, grouped.of == cluster].sum(axis=1).tolist()
            rows.append([self.solver.RowConstraint(share, self.infinity, "") for share in shares])
        return rows

    def _zone_rows(self, families: Families) -> list[list[pywraplp.Constraint]]:
        """By family, rows that count its pods in each zone, held within what its rules allow."""
        found = []
        for number, family in enumerate(families.families):
            pods = float(self._grouped.pods[self._grouped.family == number].sum())
            total = self.solver.RowConstraint(pods, pods, "")
            rows = []
            for least, most in zip(family.least.tolist(), family.most.tolist(), strict=True):
                there = self.solver.NumVar(float(least), float(most), "")
                total.SetCoefficient(there, 1.0)
                row = self.solver.RowConstraint(0.0, 0.0, "")
                row.SetCoefficient(there, -1.0)
                rows.append(row)
            found.append(rows)
        return found

    def _add_pool(self, pool: int, clusters: list[int], asked: list[list[tuple[int, float]]]) -> None:
        solver, grouped, bins = self.solver, self._grouped, self._arrays.bins
        # A node that runs anyway costs nothing and is there once.
        many = self.infinity if pool < self._arrays.offered else 1.0
        nodes = solver.NumVar(0.0, many, "")
        self._objective.SetCoefficient(nodes, float(bins.cost[pool]))
        room = []
        for amount in bins.capacity[pool].tolist():
            row = solver.RowConstraint(-self.infinity, 0.0, "")
            row.SetCoefficient(nodes, -amount)
            room.append(row)
        limits = self._arrays.host_rules.bound_limit[grouped.host_groups].tolist()
        host = []
        for limit in limits:
            row = solver.RowConstraint(-self.infinity, 0.0, "")
            row.SetCoefficient(nodes, -float(limit))
            host.append(row)
        self.room[pool], self.host[pool] = room, host
        zone = int(bins.zone[pool])
        for cluster in clusters:
            pods = solver.NumVar(0.0, self.infinity, "")
            self._demand[cluster][zone].SetCoefficient(pods, 1.0)
            for resource, amount in asked[cluster]:
                room[resource].SetCoefficient(pods, amount)
            if grouped.host_group[cluster] >= 0:
                host[grouped.host_group[cluster]].SetCoefficient(pods, 1.0)
            if grouped.family[cluster] >= 0:
                self.zone_rows[int(grouped.family[cluster])][zone].SetCoefficient(pods, 1.0)
