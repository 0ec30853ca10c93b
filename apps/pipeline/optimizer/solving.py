"""The solver: a first plan in a fraction of a second, a proven bound, and improvement until the deadline."""

import time
from collections import Counter, deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays, arrays_of
from apps.pipeline.optimizer.building import seed_chance
from apps.pipeline.optimizer.certifying import Bound, bound_of
from apps.pipeline.optimizer.dominance import worth_considering
from apps.pipeline.optimizer.excluding import detail_of, excluded_everywhere
from apps.pipeline.optimizer.families import families_of
from apps.pipeline.optimizer.lots import Lot, lot_arrays
from apps.pipeline.optimizer.model import (
    Exclusion,
    First,
    NewNode,
    Offering,
    Plan,
    Pod,
    Problem,
    Shape,
    Unplaced,
)
from apps.pipeline.optimizer.packed import Offers, Packing
from apps.pipeline.optimizer.relaxing import price
from apps.pipeline.optimizer.seating import Seats
from apps.pipeline.optimizer.zoning import zoned

Ints = NDArray[np.int64]

WRITING_SECONDS_PER_POD = 4e-6  # what writing the plan down takes at the end
CHUNK_SECONDS = 0.03  # how long one compiled call may take, between two looks at the clock
MOST_CLUSTERS, FEW_CLUSTERS = 200, 60
HURRIED_SECONDS = 1.0


def solve(
    problem: Problem, *, deadline_seconds: float, gap: float = 0.01, started: float | None = None
) -> Plan:
    """A plan for `problem`, within `deadline_seconds` of `started` (time.monotonic(), now by default).

    Stops as soon as the proven gap is `gap` or less. Every plan returned can be carried out.
    """
    clock = _Clock(time.monotonic() if started is None else started, deadline_seconds, len(problem.pods))
    if not problem.pods:
        return _nothing(clock)
    search = _Search(problem, clock, gap)
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
        self._unplaced: Counter[tuple[int, Exclusion]] = Counter()
        self._counts = self._placeable()
        self._method = "greedy"

    def run(self) -> None:
        arrays = self._arrays
        hurried = self._clock.left < HURRIED_SECONDS
        pools = worth_considering(arrays)
        families = families_of(arrays, self._counts)
        prices = price(
            arrays,
            self._counts,
            pools,
            families,
            clusters=FEW_CLUSTERS if hurried else MOST_CLUSTERS,
            seconds=0.5 * self._clock.left,
        )
        self._bound = bound_of(arrays, self._counts, prices)
        self._packing = self._pack(pools, self._bound, prices.ceiling)
        self._first = First(cost=self._packing.cost, seconds=self._clock.seconds)
        self._improve()

    def _placeable(self) -> Ints:
        counts = self._arrays.counts.copy()
        for class_ in range(len(counts)):
            because = excluded_everywhere(self._arrays, class_)
            if because is not None:
                self._unplaced[class_, because] += int(counts[class_])
                counts[class_] = 0
        return counts

    def _pack(self, pools: Ints, bound: Bound, ceiling: NDArray[np.float64]) -> Packing:
        arrays = self._arrays
        seats = Seats(arrays)
        by_zone = zoned(arrays, self._counts, ceiling, seats)
        self._unplaced.update(by_zone.unplaced)
        lots = list(dict.fromkeys([*by_zone.demand, *(lot for _, lot in by_zone.seated)]))
        at = {lot: index for index, lot in enumerate(lots)}
        demand = np.array([by_zone.demand[lot] for lot in lots], dtype=np.int64)
        value = np.where(np.isfinite(ceiling), ceiling, 0.0)
        self._lots = lots
        efficiency = bound.worth[pools] / np.maximum(arrays.bins.cost[pools], 1e-12)
        order = pools[np.argsort(-efficiency, kind="stable")]
        weight = bound.weights * arrays.bins.capacity + 0.02 * arrays.bins.cost[:, None]
        packing = Packing(
            arrays,
            lot_arrays(arrays, lots, value),
            demand,
            {(row, at[lot]): number for (row, lot), number in by_zone.seated.items()},
            Offers(order, weight),
        )
        seed_chance(1)
        packing.fill_existing()
        while packing.left.any() and self._clock.left > -0.1:
            if not packing.open_nodes(at_most=20):
                break
        return packing

    def _improve(self) -> None:
        packing, clock = self._packing, self._clock
        packing.weigh()
        rounds = 20
        while clock.left > 0 and not self._close_enough():
            before = time.monotonic()
            if packing.improve(rounds, 0.0) > 1e-9:
                self._method = "improved"
            took = time.monotonic() - before
            rounds = int(min(4 * rounds, max(1, rounds * min(CHUNK_SECONDS, clock.left) / max(took, 1e-6))))
            if packing.left.any() and np.isfinite(packing.price_left):
                packing.open_nodes(at_most=1)
            if not packing.rows:
                break

    def improve_once(self) -> None:
        """One round, whatever the gap."""
        self._packing.weigh()
        self._packing.improve(1, 0.0)

    def _close_enough(self) -> bool:
        cost = self._packing.cost
        return cost - self._bound.certificate.bound <= self._gap * cost

    def plan(self) -> Plan:
        arrays, packing = self._arrays, self._packing
        self._note_left()
        ids = [deque(pods) for pods in arrays.classes.pods]
        rows = [self._pods_of(row, ids) for row in range(packing.rows)]
        bins = arrays.bins
        bought = packing.bin_of[packing.existing : packing.rows]
        placed = arrays.counts - np.array([len(rest) for rest in ids], dtype=np.int64)
        bound = self._bound if (placed == self._counts).all() else self._bound.of(arrays, placed)
        cost = float(bins.cost[bought].sum())
        proven = min(bound.certificate.bound, cost)
        return Plan(
            new_nodes=tuple(
                NewNode(arrays.problem.offerings[pool].key, pods)
                for pool, pods in zip(bought.tolist(), rows[packing.existing :], strict=True)
            ),
            on_nodes={
                node.name: pods for node, pods in zip(arrays.problem.nodes, rows, strict=False) if pods
            },
            unplaced=tuple(self._explain(ids)),
            cost=cost,
            price=float(bins.price[bought].sum()),
            bound=proven,
            gap=(cost - proven) / cost if cost > 0 else 0.0,
            certificate=bound.certificate,
            first=self._first,
            seconds=self._clock.seconds,
            method=self._method,
        )

    def _pods_of(self, row: int, ids: Sequence[deque[str]]) -> tuple[str, ...]:
        packing = self._packing
        pods: list[str] = []
        for at in range(packing.length[row]):
            lot: Lot = self._lots[packing.carried[row, at]]
            for class_, number in lot.content:
                pods.extend(ids[class_].popleft() for _ in range(number * int(packing.numbers[row, at])))
        return tuple(pods)

    def _note_left(self) -> None:
        """Why the packing left what it left: money, shares, no room on what runs, or time."""
        packing, bins, offered = self._packing, self._arrays.bins, self._arrays.offered
        limits = self._arrays.problem.limits
        for lot_index in np.flatnonzero(packing.left).tolist():
            takers = np.flatnonzero(packing.lots.admitted[:offered, lot_index])
            if not len(takers):
                because = Exclusion.TOO_LARGE
            elif (bins.price[takers] > packing.price_left).all():
                because = Exclusion.CAP
            elif limits.max_pool_share_pct < 100 and self._clock.left > 0:
                because = Exclusion.POOL_SHARE
            else:
                because = Exclusion.CAP if limits.max_price_hourly_usd is not None else Exclusion.TIME
            for class_, number in self._lots[lot_index].content:
                self._unplaced[class_, because] += number * int(packing.left[lot_index])

    def _explain(self, ids: Sequence[deque[str]]) -> list[Unplaced]:
        explained = []
        for (class_, because), number in self._unplaced.items():
            detail = detail_of(self._arrays, class_, because)
            explained.extend(Unplaced(ids[class_].popleft(), because, detail) for _ in range(number))
        return explained


def _nothing(clock: _Clock) -> Plan:
    return Plan((), {}, (), 0.0, 0.0, 0.0, 0.0, None, First(0.0, clock.seconds), clock.seconds, "greedy")
