"""One strategy living through a market, step by step."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp
from typing import Protocol

import numpy as np

from apps.mlops.hazard import Evidence, Sighting, faded

from ..decision.cost import OVERLAP
from .model import Day, Market, Moved, Node, Outcome, Seat, World

# How long a pool remembers what happened before it counts as calm again: eight half-lives.
REMEMBERS = timedelta(hours=48)
HOUR = timedelta(hours=1)

Progress = Callable[[float], None]


class Strategy(Protocol):
    """When nodes move of their own will, and where a node goes that was taken."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...

    def moves(self, world: World) -> Sequence[Moved]:
        """The moves that begin now; at most one a seat."""

    def refuge(self, world: World, node: Node) -> int:
        """The pool in which a node that AWS took is replaced."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`luck` is what interruptions are drawn with: the same for every strategy that is compared."""

    every: timedelta = timedelta(minutes=15)
    luck: int = 7


def simulate(
    market: Market,
    seats: Sequence[Seat],
    strategy: Strategy,
    setting: Setting,
    progress: Progress | None = None,
) -> Outcome:
    """Let a fleet live through a market. Deterministic: the same arguments give the same outcome."""
    world = World(
        market=market,
        now=market.start,
        pools=dict(market.pools),
        # Old enough that none is too young to move on the first day.
        nodes=[Node(seat, seat.pool, market.start - timedelta(days=1)) for seat in seats],
    )
    changes = _Changes(market)
    steps = int((market.end - market.start) / setting.every)
    luck = np.random.default_rng(setting.luck).random((steps, len(seats)))
    books = _Books()
    for step in range(steps):
        books.open(world.now)
        books.cost(sum(float(world.price(node.pool)) for node in world.nodes) * (setting.every / HOUR))
        world.now = market.start + (step + 1) * setting.every
        changes.until(world)
        _take(world, strategy, luck[step], setting.every, books)
        for move in strategy.moves(world):
            _carry_out(world, move, books)
        if progress is not None:
            progress((step + 1) / steps)
    return Outcome(
        name=strategy.name,
        title=strategy.title,
        cost=sum(day.cost for day in books.days()),
        overlap=books.overlap,
        interruptions=len(world.taken),
        moves=world.moves,
        days=books.days(),
        seats=len(seats),
        length=market.end - market.start,
    )


class _Changes:
    """The market's changes, handed out up to a moment."""

    def __init__(self, market: Market) -> None:
        self._market, self._next = market, 0

    def until(self, world: World) -> None:
        """Bring the world's prices up to its present."""
        every = self._market.changes
        while self._next < len(every) and every[self._next].at <= world.now:
            change = every[self._next]
            self._next += 1
            before = world.pools[change.pool]
            world.pools[change.pool] = replace(before, price=change.price)
            known = world.changed_at.setdefault(
                change.pool, [(self._market.start, before.price or change.price)]
            )
            known.append((change.at, change.price))
            del known[:-4]


class _Books:
    """What was paid and what happened, by day."""

    def __init__(self) -> None:
        self._days: dict[str, Day] = {}
        self._today = ""
        self.overlap = 0.0

    def open(self, now: datetime) -> None:
        self._today = f"{now:%Y-%m-%d}"
        self._days.setdefault(self._today, Day(self._today, 0.0, 0, 0))

    def cost(self, usd: float) -> None:
        day = self._days[self._today]
        self._days[self._today] = replace(day, cost=day.cost + usd)

    def moved(self, overlap: float) -> None:
        self.overlap += overlap
        self.cost(overlap)
        day = self._days[self._today]
        self._days[self._today] = replace(day, moves=day.moves + 1)

    def interrupted(self) -> None:
        day = self._days[self._today]
        self._days[self._today] = replace(day, interruptions=day.interruptions + 1)

    def days(self) -> list[Day]:
        return list(self._days.values())


def _take(world: World, strategy: Strategy, luck: Sequence[float], every: timedelta, books: _Books) -> None:
    """Let AWS take what it takes, and put a replacement in its seat."""
    for node, chance in zip(world.nodes, luck, strict=True):
        hazard = world.market.hazards.get(node.pool, 0.0)
        if chance < 1 - exp(-hazard * (every / HOUR)):
            world.taken.append((world.now, node.pool))
            books.interrupted()
            node.pool = strategy.refuge(world, node)
            node.launched_at, node.moved_at = world.now, None


def _carry_out(world: World, move: Moved, books: _Books) -> None:
    node = world.nodes[move.seat]
    books.moved(float(world.price(move.target)) * (OVERLAP / HOUR))
    world.moves.append(move)
    node.pool, node.launched_at, node.moved_at = move.target, world.now, world.now


def sightings(world: World, pool: int) -> Iterator[Sighting]:
    """What a pool remembers: the interruptions that befell the fleet in it."""
    for at, where in world.taken:
        if where == pool and world.now - at < REMEMBERS:
            yield Sighting(Evidence.INTERRUPTION, at)


def remembered(world: World) -> set[int]:
    """The pools that remember something."""
    return {pool for at, pool in world.taken if faded(world.now - at) > faded(REMEMBERS)}
