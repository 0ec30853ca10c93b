"""A plan while it is being made: rows of nodes, the existing ones first, with the lots that they carry."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.building import build, fill_existing, follow, top_up
from apps.pipeline.optimizer.improving import FEW_NODES, improve, wastes
from apps.pipeline.optimizer.lots import ANY_ZONE, LotArrays
from apps.pipeline.optimizer.side_by_side import side_by_side

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Limits = tuple[int, int, NDArray[np.bool_], Ints]  # share, on-demand floor, which are, how many are bought

WIDEST = 512  # lots side by side on one node
MOST_LOTS = 260  # lots taken off nodes for one ruin


@dataclass(slots=True)
class Offers:
    """Pools to buy from, the most efficient first, and by bin what its room is weighed with."""

    pools: Ints
    weight: Floats


@dataclass(frozen=True, slots=True)
class Kept:
    """A packing as it once was, to go back to."""

    left: Ints
    plan: tuple[Ints, Ints, Ints, Ints]
    bought: Ints
    on_demand: int
    price_left: float
    cost: float

    def better_than(self, packing: "Packing") -> bool:
        return (self.left.sum(), self.cost) < (packing.left.sum(), packing.cost)


class Packing:
    """The rows of a plan and the compiled steps on them; `left` counts the units of lots without a place."""

    def __init__(
        self,
        arrays: Arrays,
        lots: LotArrays,
        demand: Ints,
        seated: dict[tuple[int, int], int],
        offers: Offers,
    ) -> None:
        self.arrays, self.lots = arrays, lots
        nodes = arrays.problem.nodes
        bins = arrays.bins
        self.existing = len(nodes)
        self.left = demand.copy()
        rows = int(demand.sum()) + self.existing + 1
        # One more than there are lots: filling ends at a full row, and may come back to a lot it has.
        width = min(WIDEST, len(lots.lots) + 1)
        self.bin_of = np.zeros(rows, dtype=np.int64)
        self.length = np.zeros(rows, dtype=np.int64)
        self.carried = np.zeros((rows, width), dtype=np.int64)
        self.numbers = np.zeros((rows, width), dtype=np.int64)
        self.rows = self.existing
        self.bin_of[: self.existing] = arrays.offered + np.arange(self.existing)
        self.bought = np.zeros(arrays.offered, dtype=np.int64)
        self._on_demand_bought = np.zeros(1, dtype=np.int64)
        limits = arrays.problem.limits
        cap = limits.max_price_hourly_usd
        self.price_left = np.inf if cap is None else float(cap) + 1e-9
        self._limits = (
            limits.max_pool_share_pct,
            limits.min_on_demand_nodes,
            bins.on_demand,
            self._on_demand_bought,
        )
        self._offers = (offers.pools, bins.cost, bins.price, bins.capacity, offers.weight)
        groups = len(arrays.host_rules.groups)
        self._state = (
            np.zeros(groups, dtype=np.int64),
            np.zeros(groups, dtype=np.int64),
            np.full(groups, 1 << 40, dtype=np.int64),
        )
        self._standing = _standing(arrays)
        self._waste = np.zeros(rows)
        self._chance = np.random.default_rng(1)
        self._bound_to_zone = np.array([lot.zone != ANY_ZONE for lot in lots.lots], dtype=np.bool_)
        self._seat(seated)

    @property
    def plan(self) -> tuple[Ints, Ints, Ints, Ints]:
        return self.bin_of, self.length, self.carried, self.numbers

    @property
    def cost(self) -> float:
        return float(self.arrays.bins.cost[self.bin_of[: self.rows]].sum())

    def fill_existing(self) -> None:
        """Use the room on the nodes that run anyway."""
        rooms = self.arrays.bins.capacity[self.arrays.offered :].copy()
        running, apart = self._standing[0].copy(), self._standing[1].copy()
        for row in range(self.existing):
            for at in range(self.length[row]):
                lot, number = int(self.carried[row, at]), int(self.numbers[row, at])
                rooms[row] -= self.lots.requests[lot] * number
                self._note(running[row], apart[row], lot, number)
        fill_existing(
            self.plan,
            self.left,
            self.lots.packed,
            self.lots.rules,
            self._state,
            (running, apart),
            rooms,
        )

    def open_nodes(self, at_most: int) -> int:
        """Open up to that many new nodes for what is left; returns how many were."""
        before = self.rows
        self.rows, self.price_left = build(
            self.plan,
            self.rows,
            self.left,
            self.lots.packed,
            self.lots.rules,
            self._state,
            self._offers,
            self.bought,
            self._limits,
            self.price_left,
            at_most,
        )
        return self.rows - before

    def follow(self, pool: int, wanted: Ints, of_sort: tuple[Ints, Ints], copies: int, least: float) -> int:
        """Open nodes as a column says, while enough of what it asks for is left; returns how many were."""
        before = self.rows
        limits, on_demand = self.arrays.problem.limits, self.arrays.bins.on_demand[pool]
        if limits.max_pool_share_pct < 100 or (limits.min_on_demand_nodes and not on_demand):
            return 0
        price = float(self.arrays.bins.price[pool])
        if np.isfinite(self.price_left):
            copies = min(copies, int(self.price_left / max(price, 1e-9)))
        self.rows = follow(
            self.plan,
            self.rows,
            pool,
            wanted,
            of_sort,
            self._bound_to_zone,
            self.left,
            self.lots.packed,
            self.lots.rules,
            self._state,
            copies,
            least,
        )
        opened = self.rows - before
        self.price_left -= price * opened
        self.bought[pool] += opened
        self._on_demand_bought[0] += opened * int(on_demand)
        return opened

    def top_up(self) -> None:
        """Use the room that the new nodes have over."""
        top_up(
            self.plan,
            self.existing,
            self.rows,
            self.left,
            self.lots.packed,
            self.lots.rules,
            self._state,
            self.arrays.bins.capacity,
        )

    def kept(self) -> Kept:
        """The packing as it is now."""
        widest = int(self.length[: self.rows].max(initial=0))
        return Kept(
            self.left.copy(),
            (
                self.bin_of[: self.rows].copy(),
                self.length[: self.rows].copy(),
                self.carried[: self.rows, :widest].copy(),
                self.numbers[: self.rows, :widest].copy(),
            ),
            self.bought.copy(),
            int(self._on_demand_bought[0]),
            self.price_left,
            self.cost,
        )

    def go_back_to(self, kept: Kept) -> None:
        """Make the packing what it was."""
        self.left[:], self.bought[:], self._on_demand_bought[0] = kept.left, kept.bought, kept.on_demand
        self.price_left = kept.price_left
        bin_of, length, carried, numbers = kept.plan
        self.rows, widest = carried.shape
        self.bin_of[: self.rows], self.length[: self.rows] = bin_of, length
        self.carried[: self.rows, :widest], self.numbers[: self.rows, :widest] = carried, numbers
        self.weigh()

    def weigh(self) -> None:
        """Reckon every row's waste anew, before improving."""
        self._waste[: self.rows] = wastes(self.plan, self.rows, self.lots.value, self.arrays.bins.cost)

    @property
    def divisible(self) -> bool:
        """Whether its nodes can be improved apart from one another: many, and no limit holds over all."""
        share, floor, *_ = self._limits
        return self.rows >= 3 * FEW_NODES and share >= 100 and not floor and bool(np.isinf(self.price_left))

    def improve(self, rounds: int, slack: float) -> None:
        """Ruin and recreate that many times."""
        self.rows, self.price_left = self._improved(
            slice(None), self.rows, self.existing, self._state, self.bought, self._limits, rounds, slack
        )

    def improve_halves(self, rounds: int) -> None:
        """Ruin and recreate that many times in each of two random halves, side by side; see `divisible`."""
        new = slice(self.existing, self.rows)
        self._carry(self.existing + self._chance.permutation(self.rows - self.existing), new)
        half = self.existing + (self.rows - self.existing) // 2
        units = sum(int(self.numbers[row, : self.length[row]].sum()) for row in range(half, self.rows))
        # The second half moves to the end of the rows, which leaves each as much room as it can ever need.
        start = len(self.bin_of) - units - 1
        ends = [half, self.rows - half]
        self._carry(slice(half, self.rows), slice(start, start + ends[1]))

        def improve_from(which: int, rows: slice, existing: int) -> None:
            ends[which], _ = self._improved(
                rows,
                ends[which],
                existing,
                (self._state[0].copy(), self._state[1].copy(), self._state[2].copy()),
                np.zeros_like(self.bought),
                (*self._limits[:3], np.zeros(1, dtype=np.int64)),
                rounds,
                0.0,
            )

        side_by_side(
            partial(improve_from, 0, slice(start), self.existing),
            partial(improve_from, 1, slice(start, None), 0),
        )
        self.rows = sum(ends)
        self._carry(slice(start, start + ends[1]), slice(ends[0], self.rows))
        bought = self.bin_of[self.existing : self.rows]
        self.bought[:] = np.bincount(bought, minlength=len(self.bought))
        self._on_demand_bought[0] = self.arrays.bins.on_demand[bought].sum()

    def _improved(
        self,
        rows: slice,
        used: int,
        existing: int,
        state: tuple[Ints, Ints, Ints],
        bought: Ints,
        limits: Limits,
        rounds: int,
        slack: float,
    ) -> tuple[int, float]:
        """Improve these rows, of which the first `used` are nodes; how many then are, and the price left."""
        used, price_left, _ = improve(
            (self.bin_of[rows], self.length[rows], self.carried[rows], self.numbers[rows]),
            used,
            existing,
            self._waste[rows],
            self.lots.packed,
            self.lots.rules,
            state,
            self._standing,
            self._offers,
            bought,
            limits,
            self.price_left,
            rounds,
            MOST_LOTS,
            slack,
        )
        return int(used), float(price_left)

    def _carry(self, source: Ints | slice, to: slice) -> None:
        """Copy these rows to those."""
        widest = int(self.length[source].max(initial=0))
        self._waste[to], self.bin_of[to] = self._waste[source], self.bin_of[source]
        self.length[to] = self.length[source]
        self.carried[to, :widest] = self.carried[source, :widest]
        self.numbers[to, :widest] = self.numbers[source, :widest]

    def _seat(self, seated: dict[tuple[int, int], int]) -> None:
        for (row, lot), number in seated.items():
            self.carried[row, self.length[row]] = lot
            self.numbers[row, self.length[row]] = number
            self.length[row] += 1

    def _note(self, running: Ints, apart: Ints, lot: int, number: int) -> None:
        member_start, member, weight, apart_start, away, *_ = self.lots.rules
        for at in range(member_start[lot], member_start[lot + 1]):
            running[member[at]] += number * weight[at]
        for at in range(apart_start[lot], apart_start[lot + 1]):
            apart[away[at]] += number


def _standing(arrays: Arrays) -> tuple[Ints, Ints]:
    """Who runs on the existing nodes, by node and host group: members, and whether one stands apart."""
    nodes, groups = arrays.problem.nodes, arrays.host_rules.groups
    running = np.array(
        [[node.members.get(group, 0) for group in groups] for node in nodes], dtype=np.int64
    ).reshape(len(nodes), len(groups))
    apart = np.array([[group in node.apart for group in groups] for node in nodes], dtype=np.int64)
    return running, apart.reshape(len(nodes), len(groups))
