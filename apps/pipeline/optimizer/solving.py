"""The solver: a first plan in a fraction of a second, a proven bound, and improvement until the deadline."""

import time
from collections import Counter, deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import arrays_of
from apps.pipeline.optimizer.building import seed_chance
from apps.pipeline.optimizer.certifying import Bound, bound_of
from apps.pipeline.optimizer.compact import certificate_of, parted
from apps.pipeline.optimizer.demanding import zoned
from apps.pipeline.optimizer.dominance import worth_considering
from apps.pipeline.optimizer.excluding import excluded_everywhere
from apps.pipeline.optimizer.families import Families, families_of
from apps.pipeline.optimizer.generating import Generated, follow_columns, generate
from apps.pipeline.optimizer.improving import FEW_NODES
from apps.pipeline.optimizer.leaving import why_left
from apps.pipeline.optimizer.lots import Lot, lot_arrays
from apps.pipeline.optimizer.model import (
    ZONE_LABEL,
    Certificate,
    Exclusion,
    First,
    Offering,
    Plan,
    Pod,
    Problem,
    Rule,
    RuleKind,
    Shape,
)
from apps.pipeline.optimizer.packed import Offers, Packing
from apps.pipeline.optimizer.relaxing import price, signatures
from apps.pipeline.optimizer.seating import Seats
from apps.pipeline.optimizer.sorts import sorts_of
from apps.pipeline.optimizer.writing import Ids, explained, taken, written
from apps.pipeline.optimizer.zoning import Targets

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WRITING_SECONDS_PER_POD = 4e-6  # what writing the plan down takes at the end
CHUNK_SECONDS = 0.02  # how long one compiled call may take, between two looks at the clock
HALVES_SECONDS = 0.08  # the same where two halves are improved side by side, which has to be set up each time
MOST_CLUSTERS, FEW_CLUSTERS = 200, 60
MOST_SORTS = 700
HURRIED_SECONDS = 0.8  # with less, columns are not tried
PATIENT_SECONDS = 4.0  # with less, columns are not tried for few nodes: taking those apart finds more
# Where nodes carry this many pods, of as many classes, columns find good fillings slowly: taking nodes apart
# first gives them better ones to begin with.
CROWDED, MANY_CLASSES = 10, 200
COLUMNS_PART = 0.5  # of the time left, at most: where columns are good, little remains to be improved
HEAT = 0.1  # of a node's average cost, one step up at first
LAST_RESORT_SECONDS = 0.1  # how long after the deadline the first plan may still be finished


def solve(
    problem: Problem, *, deadline_seconds: float, gap: float = 0.01, started: float | None = None
) -> Plan:
    """A plan for `problem`, within `deadline_seconds` of `started` (time.monotonic(), now by default).

    Stops as soon as the proven gap is `gap` or less. Every plan returned can be carried out.
    """
    clock = _Clock(time.monotonic() if started is None else started, deadline_seconds, len(problem.pods))
    search = _Search(problem, clock, gap)
    if not search.can_place_any:
        return search.nothing()
    exact = search.exactly()
    if exact is not None:
        return exact
    search.run()
    return search.plan()


def warm_up() -> None:
    """Compile what is compiled, so that no request waits for it. Takes minutes once, then half a second."""
    offerings = [
        Offering(key, "warm", zone, "spot", 1.0 + key, 1.0, (4000, 8000))
        for key, zone in enumerate(("zone-a", "zone-b"))
    ]
    pods = [Pod(str(number), Shape((900 + number, 1500))) for number in range(12)]
    search = _Search(
        Problem(("cpu", "memory"), pods, offerings), _Clock(time.monotonic(), 3600.0, 0), gap=1.0
    )
    search.run()
    search.improve_once()
    spread = Shape((900, 1500), rules=frozenset({Rule(RuleKind.SPREAD, "warm", ZONE_LABEL)}))
    few = [Pod(str(number), shape) for number, shape in enumerate((spread, Shape((900, 1500))))]
    solve(Problem(("cpu", "memory"), few, offerings), deadline_seconds=3600.0)


class _Clock:
    def __init__(self, started: float, seconds: float, pods: int) -> None:
        self.started = started
        self._end = started + seconds - min(0.1 * seconds, 0.01 + WRITING_SECONDS_PER_POD * pods)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        return self._end - time.monotonic()


class _Search:
    def __init__(self, problem: Problem, clock: _Clock, gap: float) -> None:
        self._clock, self._gap = clock, gap
        self._arrays = arrays_of(problem)
        self._excluded: Counter[tuple[int, Exclusion]] = Counter()
        self._counts = self._placeable()
        self._method = "greedy"
        self._parted = parted(self._arrays, self._counts)
        self._packing: Packing
        self._lots: list[Lot]

    @property
    def can_place_any(self) -> bool:
        return bool(self._counts.any())

    def nothing(self) -> Plan:
        """The plan that places no pod, and says why."""
        ids = [deque(pods) for pods in self._arrays.classes.pods]
        unplaced, seconds = tuple(explained(self._arrays, self._excluded, ids)), self._clock.seconds
        return Plan((), {}, unplaced, 0.0, 0.0, 0.0, 0.0, None, First(0.0, seconds), seconds, "greedy")

    def exactly(self) -> Plan | None:
        """The cheapest plan, where the pods are so few that all are looked at and it keeps to every limit."""
        found, classes = self._parted, self._arrays.classes
        if found is None or not found.kept:
            return None
        self._unplaced = self._excluded
        self._first, self._method = First(found.cost, self._clock.seconds), "exact"
        ids = [deque(pods) for pods in classes.pods]
        rows = [(bin_, taken(content, ids)) for bin_, content in found.rows]
        return self._answer(rows, ids, certificate_of(found))

    def run(self) -> None:
        arrays, clock = self._arrays, self._clock
        hurried = clock.left < HURRIED_SECONDS
        pools, dominator = worth_considering(arrays)
        families = families_of(arrays, self._counts)
        prices = price(
            arrays,
            self._counts,
            pools,
            families,
            clusters=FEW_CLUSTERS if hurried else MOST_CLUSTERS,
            seconds=0.5 * clock.left,
        )
        self._bound = bound_of(arrays, self._counts, prices, dominator)
        value = np.where(np.isfinite(prices.ceiling), prices.ceiling, 0.0)
        self._take(self._pack(pools, self._bound, prices.ceiling, value, None))
        self._first = First(cost=self._packing.cost, seconds=clock.seconds)
        self._improve(until=(1 - self._first_part()) * clock.left)
        self._relaxed = (pools, dominator, families, prices.ceiling)
        patience = PATIENT_SECONDS if self._packing.rows < FEW_NODES else HURRIED_SECONDS
        if clock.left > patience and not self._close_enough():
            self._generate(*self._relaxed)
        self._improve(until=0.0)

    def _first_part(self) -> float:
        """How much of the time left goes to improving before columns are tried."""
        crowded = self._counts.sum() >= CROWDED * max(self._packing.rows, 1)
        return 0.25 if crowded and len(self._counts) >= MANY_CLASSES else 0.05

    def _generate(self, pools: Ints, dominator: Ints, families: Families, ceiling: Floats) -> None:
        """A second plan by column generation, which replaces the first where it is better."""
        arrays, clock = self._arrays, self._clock
        signature = signatures(arrays.bins.admitted)
        sorts = sorts_of(arrays, self._counts, signature, families, at_most=MOST_SORTS)
        if sorts is None or not pools.size:
            return
        generated = generate(
            arrays,
            self._counts,
            families,
            sorts,
            pools,
            dominator,
            self._bound,
            self._packing,
            until=time.monotonic() + COLUMNS_PART * clock.left,
            gap=self._gap,
        )
        if generated is None:
            return
        bound = generated.bound
        if bound.certificate.bound > self._bound.certificate.bound:
            self._bound = bound
        packing = self._pack(pools, bound, ceiling, np.maximum(bound.value, 0.0), generated)
        before, self._packing, lots_before = self._packing, packing[0], self._lots
        self._lots = packing[1]
        self._method = "columns"
        self._improve(until=0.7 * clock.left)
        if before.left.sum() < packing[0].left.sum() or before.cost < packing[0].cost:
            self._packing, self._lots, self._method = before, lots_before, "improved"

    def _take(self, packed: tuple[Packing, list[Lot]]) -> None:
        self._packing, self._lots = packed

    def _placeable(self) -> Ints:
        counts = self._arrays.counts.copy()
        for class_ in range(len(counts)):
            because = excluded_everywhere(self._arrays, class_)
            if because is not None:
                self._excluded[class_, because] += int(counts[class_])
                counts[class_] = 0
        return counts

    def _pack(
        self, pools: Ints, bound: Bound, ceiling: Floats, value: Floats, generated: Generated | None
    ) -> tuple[Packing, list[Lot]]:
        """A plan for all pods: zones first, then the existing nodes, then new ones."""
        arrays = self._arrays
        targets = None if generated is None else Targets(generated.sorts.of, generated.targets.copy())
        by_zone = zoned(arrays, self._counts, ceiling, Seats(arrays), targets)
        self._unplaced = self._excluded + by_zone.unplaced
        lots = list(dict.fromkeys([*by_zone.demand, *(lot for _, lot in by_zone.seated)]))
        at = {lot: index for index, lot in enumerate(lots)}
        efficiency = bound.worth[pools] / np.maximum(arrays.bins.cost[pools], 1e-12)
        packing = Packing(
            arrays,
            lot_arrays(arrays, lots, value),
            np.array([by_zone.demand[lot] for lot in lots], dtype=np.int64),
            {(row, at[lot]): number for (row, lot), number in by_zone.seated.items()},
            Offers(
                pools[np.argsort(-efficiency, kind="stable")],
                bound.weights * arrays.bins.capacity + 0.02 * arrays.bins.cost[:, None],
            ),
        )
        seed_chance(1)
        packing.fill_existing()
        if generated is not None:
            follow_columns(packing, generated, lots)
        while packing.left.any() and self._clock.left > -LAST_RESORT_SECONDS:
            if not packing.open_nodes(at_most=20):
                break
        return packing, lots

    def _improve(self, *, until: float) -> None:
        """Ruin and recreate while more than `until` seconds are left and the gap is open.

        Of few nodes some steps up are taken, smaller ones as time goes by: steps down alone end early there.
        """
        packing, clock = self._packing, self._clock
        packing.weigh()
        best, begun = packing.kept(), clock.left
        before, rounds = best.cost, 20
        while packing.rows and (left := clock.left) > until and not self._close_enough():
            heat = 0.0
            if packing.rows < FEW_NODES:
                heat = HEAT * (left - until) / (begun - until) * packing.cost / packing.rows
            began, chunk = time.monotonic(), CHUNK_SECONDS
            if packing.divisible:
                chunk = HALVES_SECONDS
                packing.improve_halves(rounds)
            else:
                packing.improve(rounds, heat)
            took = time.monotonic() - began
            rounds = int(min(4 * rounds, max(1, rounds * min(chunk, left) / max(took, 1e-6))))
            if packing.left.any() and np.isfinite(packing.price_left):
                packing.open_nodes(at_most=1)
            if not best.better_than(packing):
                best = packing.kept()
        if best.better_than(packing):
            packing.go_back_to(best)
        if packing.cost < before - 1e-9:
            self._method = "improved"

    def improve_once(self) -> None:
        """One round of everything, whatever the gap."""
        self._packing.weigh()
        self._packing.improve(1, 0.0)
        self._generate(*self._relaxed)

    def _close_enough(self) -> bool:
        cost, bound = self._packing.cost, self._bound.certificate.bound
        if self._parted is not None:
            bound = max(bound, self._parted.cost)
        return cost - bound <= self._gap * cost

    def plan(self) -> Plan:
        arrays, packing = self._arrays, self._packing
        self._unplaced += why_left(arrays, packing, self._clock.left)
        ids = [deque(pods) for pods in arrays.classes.pods]
        rows = [(int(packing.bin_of[row]), self._pods_of(row, ids)) for row in range(packing.rows)]
        placed = arrays.counts - np.array([len(rest) for rest in ids], dtype=np.int64)
        certificate = self._bound.certificate
        if (placed != self._counts).any():
            certificate = self._bound.of(arrays, placed).certificate
        elif self._parted is not None and self._parted.cost > certificate.bound:
            certificate = certificate_of(self._parted)
        return self._answer(rows, ids, certificate)

    def _answer(
        self, rows: Sequence[tuple[int, tuple[str, ...]]], ids: Ids, certificate: Certificate
    ) -> Plan:
        arrays, first = self._arrays, self._first
        unplaced = explained(arrays, self._unplaced, ids)
        return written(arrays, rows, unplaced, certificate, first, self._clock.seconds, self._method)

    def _pods_of(self, row: int, ids: Ids) -> tuple[str, ...]:
        packing = self._packing
        pods: list[str] = []
        for at in range(packing.length[row]):
            lot: Lot = self._lots[packing.carried[row, at]]
            times = int(packing.numbers[row, at])
            pods.extend(taken(tuple((class_, times * number) for class_, number in lot.content), ids))
        return tuple(pods)
