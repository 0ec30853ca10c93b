"""A market's history, a fleet that lives through it, and what became of it. No framework.

Money is USD, prices USD per hour, instants aware UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from ..decision.model import PoolView, Room

# The Spot Advisor's range of each pool, None where it does not list the type.
Buckets = Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on, a pool costs `price`."""

    at: datetime
    pool: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Market:
    """What a region sold from `start` to `end`.

    `pools` are as they stood at `start`, spot and on-demand; `changes` came later, in order of time.
    `hazards` are interruptions per instance and hour.
    """

    region: str
    start: datetime
    end: datetime
    pools: Mapping[int, PoolView]
    hazards: Mapping[int, float]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Seat:
    """A node's place in the fleet: what its pods ask for, and the on-demand pool that it starts in."""

    number: int
    need: Room
    pods: int
    pool: int


@dataclass(frozen=True, slots=True)
class Moved:
    """One node leaving a pool of its strategy's own will.

    `saving_hourly` is at risk-adjusted prices where the strategy counts risk; `pays_back_within` is how long
    the saving was expected to last, `cost` what the move was expected to cost.
    """

    at: datetime
    seat: int
    kind: str
    source: int
    target: int
    saving_hourly: Decimal
    pays_back_within: timedelta
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Day:
    """What a day brought. `price` is the fleet's mean bill an hour."""

    date: str
    cost: float
    interruptions: int
    moves: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a strategy fared over the whole time."""

    name: str
    title: str
    cost: float
    overlap: float  # of the cost: both nodes running
    interruptions: int
    moves: Sequence[Moved]
    days: Sequence[Day]
    seats: int
    length: timedelta

    @property
    def moves_per_node_day(self) -> float:
        return len(self.moves) / (self.seats * (self.length / timedelta(days=1)))


@dataclass(slots=True)
class Node:
    """The node that sits in a seat now."""

    seat: Seat
    pool: int
    launched_at: datetime
    moved_at: datetime | None = None


@dataclass(slots=True)
class World:
    """The state of one strategy's simulation, changed only by `simulating`."""

    market: Market
    now: datetime
    pools: dict[int, PoolView]
    nodes: list[Node]
    changed_at: dict[int, list[tuple[datetime, Decimal]]] = field(default_factory=dict)
    moves: list[Moved] = field(default_factory=list)
    taken: list[tuple[datetime, int]] = field(default_factory=list)  # (when, pool)

    def price(self, pool: int) -> Decimal:
        """The pool's price now. Raises ValueError where it has none."""
        price = self.pools[pool].price
        if price is None:
            raise ValueError(f"{self.pools[pool].title} has no price at {self.now}")
        return price
