"""Column generation (Gilmore and Gomory, 1961) over sorts of pods: which fillings of which pools, how often.

Duals are smoothed towards the best seen (Wentges, 1997); the bound is Farley's (1990): prices scaled until no
node is worth more than it costs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import linear_solver_pb2, pywraplp

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.exact import MOST_STATES
from apps.pipeline.optimizer.families import FREE, RIGID
from apps.pipeline.optimizer.knapsack import fractional_filling, whole_filling
from apps.pipeline.optimizer.looking import Look, look
from apps.pipeline.optimizer.sorts import Sorts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SMOOTHING = 0.8  # how much of the prices looked at is the best seen
NOT_WORTH_ADDING = 1e-6
SLIGHT = 5e-4  # of a node's cost
LARGE_AT_ONCE = 4  # nodes filled by a solver in one look at the prices, at most


@dataclass(frozen=True, slots=True)
class Column:
    pool: int
    numbers: Ints | Floats  # by sort

    @property
    def whole(self) -> Ints:
        return np.floor(self.numbers).astype(np.int64)


@dataclass(frozen=True, slots=True)
class SortPrices:
    """Duals by sort, what the zones of each family add, and from both a pod's worth by zone and sort."""

    duals: Floats
    family_parts: list[Floats]
    value: Floats


class Columns:
    """The restricted master; see `improve` and `used`."""

    def __init__(
        self, arrays: Arrays, sorts: Sorts, pools: Ints, weights: Floats, centre: SortPrices
    ) -> None:
        self._arrays, self._sorts = arrays, sorts
        # Dealt out in two halves, since neighbours are alike in how long they take.
        self._pools = np.concatenate([pools[::2], pools[1::2]])
        self._weights = weights.copy()
        self._columns: list[Column] = []
        self._variables: list[pywraplp.Variable] = []
        self._times: list[float] = []
        self._seen: set[tuple[int, bytes]] = set()
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._objective = self._solver.Objective()
        self._objective.SetMinimization()
        self._rows()
        # Once whole pods have nothing to add, nodes too large to count in them may be filled in fractions:
        # the master's value comes down to what its duals can prove.
        self.fractional = False
        # Counting whole pods takes long and is of use at the end only: until then, good fillings will do.
        self.rough = True
        self.centre = centre
        self.best = 0.0
        self.value = np.inf
        self._add_singles()

    def add(self, pool: int, numbers: Ints | Floats) -> bool:
        """Offer a filling to the master; False where it knows it already."""
        key = (pool, numbers.tobytes())
        if key in self._seen or not numbers.any():
            return False
        self._seen.add(key)
        variable = self._solver.NumVar(0.0, self._solver.infinity(), "")
        self._objective.SetCoefficient(variable, float(self._arrays.bins.cost[pool]))
        zone = int(self._arrays.bins.zone[pool])
        for sort in np.flatnonzero(numbers).tolist():
            self._served[sort][zone].SetCoefficient(variable, float(numbers[sort]))
        self._columns.append(Column(pool, numbers))
        self._variables.append(variable)
        return True

    def improve(self, seconds: float) -> int:
        """One round: solve, look at smoothed and plain duals, add what they price in; how many were added.

        -1 where the master could not be solved in time.
        """
        added = self._price(self.centre, None) if not self.best else 0
        plain = self._solve(seconds)
        if plain is None:
            return -1
        for prices in (self._smoothed(plain), plain):
            added += self._price(prices, plain)
        return added

    def used(self) -> list[tuple[Column, float]]:
        """The columns of the last solution with how often each is taken, the most taken first."""
        taken = [
            (column, self._times[variable.index()])
            for column, variable in zip(self._columns, self._variables, strict=True)
            if variable.index() < len(self._times)
        ]
        return sorted(((column, x) for column, x in taken if x > 1e-7), key=lambda pair: -pair[1])

    def solve(self, seconds: float) -> bool:
        """Solve the master once more, so that `used` tells of all columns."""
        return self._solve(seconds) is not None

    def zone_targets(self) -> Floats:
        """By zone and sort, how many pods the last solution puts where."""
        targets = np.zeros((len(self._arrays.zones), len(self._sorts.pods)))
        for column, times in self.used():
            targets[self._arrays.bins.zone[column.pool]] += times * column.numbers
        return targets

    def _smoothed(self, plain: SortPrices) -> SortPrices:
        centre = self.centre
        mixed = [
            SMOOTHING * old + (1 - SMOOTHING) * new
            for old, new in zip(
                (centre.duals, *centre.family_parts, centre.value),
                (plain.duals, *plain.family_parts, plain.value),
                strict=True,
            )
        ]
        return SortPrices(mixed[0], mixed[1:-1], mixed[-1])

    def _price(self, prices: SortPrices, plain: SortPrices | None) -> int:
        pools, cost = self._pools, self._arrays.bins.cost[self._pools]
        value = np.maximum(prices.value, 0.0)
        most_states = 0 if self.rough else MOST_STATES
        seen = look(self._arrays, self._sorts, pools, self._weights, value, most_states=most_states)
        with np.errstate(divide="ignore"):
            alpha = float((cost / seen.worth).min())
        bound = alpha * self._total(prices)
        if bound > self.best:
            self.best = bound
            self.centre = SortPrices(
                alpha * prices.duals, [alpha * part for part in prices.family_parts], alpha * prices.value
            )
        added = 0
        against = np.full(len(pools), np.inf)
        if plain is not None:
            against = (seen.fillings * plain.value[self._arrays.bins.zone[pools]]).sum(axis=1)
        for at in np.flatnonzero(against > (1 + NOT_WORTH_ADDING) * cost).tolist():
            added += self.add(int(pools[at]), seen.fillings[at].copy())
        if plain is not None and not self.rough:
            added += self._fill_large(value, plain, seen)
        return added

    def _fill_large(self, value: Floats, plain: SortPrices, seen: Look) -> int:
        """Columns of the pools whose best fillings so far fall shortest of what they can be worth."""
        sorts, bins = self._sorts, self._arrays.bins
        cost = np.maximum(bins.cost[self._pools], 1e-12)
        short = np.where(seen.whole, 0.0, (seen.worth - np.maximum(seen.found, cost)) / cost)
        added = 0
        for at in np.argsort(-short)[:LARGE_AT_ONCE].tolist():
            if short[at] < SLIGHT:
                break
            pool = int(self._pools[at])
            zone = bins.zone[pool]
            numbers = (fractional_filling if self.fractional else whole_filling)(
                bins.capacity[pool],
                value[zone],
                sorts.lots.requests,
                sorts.upper[pool],
                sorts.group,
                sorts.group_limit,
            )
            if (numbers * plain.value[zone]).sum() > (1 + NOT_WORTH_ADDING) * bins.cost[pool]:
                added += self.add(pool, numbers)
        return added

    def _total(self, prices: SortPrices) -> float:
        """What all pods are worth at least, over every spread that the families allow."""
        sorts = self._sorts
        total = float((prices.duals * sorts.pods)[sorts.family != RIGID].sum())
        total += float((prices.value * sorts.demand)[:, sorts.family == RIGID].sum())
        for number, family in enumerate(sorts.families):
            part = prices.family_parts[number]
            rest = int(sorts.pods[sorts.family == number].sum()) - int(family.least.sum())
            total += float((part * family.least).sum())
            for zone in np.argsort(part, kind="stable").tolist():
                taken = min(rest, int(family.most[zone] - family.least[zone]))
                total += taken * float(part[zone])
                rest -= taken
        return total

    def _add_singles(self) -> None:
        """For each sort and zone the pool that holds it for the least, so that every demand can be met."""
        bins, sorts = self._arrays.bins, self._sorts
        upper = sorts.upper[self._pools]
        with np.errstate(divide="ignore"):
            each = bins.cost[self._pools][:, None] / upper
        for zone in range(len(self._arrays.zones)):
            there = np.where((bins.zone[self._pools] == zone)[:, None], each, np.inf)
            for sort, at in enumerate(there.argmin(axis=0).tolist()):
                if np.isfinite(there[at, sort]):
                    numbers = np.zeros(len(sorts.pods), dtype=np.int64)
                    numbers[sort] = int(upper[at, sort])
                    self.add(int(self._pools[at]), numbers)

    def _rows(self) -> None:
        """By sort and zone the row that a pod there serves, and the rows that hold families in balance."""
        solver, sorts, zones = self._solver, self._sorts, range(len(self._arrays.zones))
        infinity = solver.infinity()
        self._served: list[list[pywraplp.Constraint]] = []
        self._whole: dict[int, pywraplp.Constraint] = {}
        self._parts: list[list[pywraplp.Constraint]] = []
        for number, family in enumerate(sorts.families):
            pods = float(sorts.pods[sorts.family == number].sum())
            total = solver.RowConstraint(pods, pods, "")
            rows = []
            for zone in zones:
                there = solver.NumVar(float(family.least[zone]), float(family.most[zone]), "")
                total.SetCoefficient(there, 1.0)
                row = solver.RowConstraint(0.0, 0.0, "")
                row.SetCoefficient(there, -1.0)
                rows.append(row)
            self._parts.append(rows)
        for sort, pods in enumerate(sorts.pods.tolist()):
            number = int(sorts.family[sort])
            if number == FREE:
                self._served.append([solver.RowConstraint(float(pods), infinity, "")] * len(zones))
            elif number == RIGID:
                demand = sorts.demand[:, sort].tolist()
                self._served.append([solver.RowConstraint(part, infinity, "") for part in demand])
            else:
                self._served.append(self._balanced_rows(sort, number, float(pods)))

    def _balanced_rows(self, sort: int, family: int, pods: float) -> list[pywraplp.Constraint]:
        solver = self._solver
        self._whole[sort] = solver.RowConstraint(pods, pods, "")
        rows = []
        for part in self._parts[family]:
            there = solver.NumVar(0.0, solver.infinity(), "")
            row = solver.RowConstraint(0.0, solver.infinity(), "")
            row.SetCoefficient(there, -1.0)
            self._whole[sort].SetCoefficient(there, 1.0)
            part.SetCoefficient(there, 1.0)
            rows.append(row)
        return rows

    def _solve_afresh(self, seconds: float) -> pywraplp.Solver | None:
        """A warm start can lead GLOP astray; from scratch, one way or another, it finds its way."""
        model = linear_solver_pb2.MPModelProto()
        self._solver.ExportModelToProto(model)
        for way in ("", "use_preprocessing:false", "use_dual_simplex:true"):
            solver = pywraplp.Solver.CreateSolver("GLOP")
            solver.LoadModelFromProto(model)
            solver.SetTimeLimit(max(1, int(seconds * 1000)))
            solver.SetSolverSpecificParametersAsString(way)
            if solver.Solve() == pywraplp.Solver.OPTIMAL:
                return solver
        return None

    def _solve(self, seconds: float) -> SortPrices | None:
        solver = self._solver
        solver.SetTimeLimit(max(1, int(seconds * 1000)))
        if solver.Solve() != pywraplp.Solver.OPTIMAL:
            solver = self._solve_afresh(seconds)
            if solver is None:
                return None
        self.value = solver.Objective().Value()
        self._times = [variable.solution_value() for variable in solver.variables()]
        dual = [row.dual_value() for row in solver.constraints()]
        sorts = self._sorts
        parts = [np.array([dual[row.index()] for row in rows]) for rows in self._parts]
        value = np.array([[dual[row.index()] for row in rows] for rows in self._served]).T.copy()
        duals = value.min(axis=0)
        for sort, row in self._whole.items():
            duals[sort] = dual[row.index()]
            value[:, sort] = duals[sort] + parts[sorts.family[sort]]
        return SortPrices(duals, parts, value)
