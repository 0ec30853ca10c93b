"""Spot prices as a function of seed, pool and time: any history exists without being stored."""

import heapq
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from deploy.sandbox.aws import catalog
from deploy.sandbox.aws.noise import chance, wave, waves
from deploy.sandbox.aws.pricelist import on_demand_usd

HOUR, DAY = 3600, 24 * 3600
# Before the sandbox started, a price may change every few minutes, in steps of 1 % of on-demand.
HISTORY_GRID_SECONDS = 600
HISTORY_STEPS = 100
LEAST_DISCOUNT, MOST_DISCOUNT = 0.45, 0.80
# (period in hours, how far the discount moves with it)
POOL_WAVES = ((36, 0.09), (9, 0.035))
FAMILY_WAVE = (60, 0.04)
DRIFT_HOURS, DRIFT_DEPTH, DRIFT_CHANCE = 48, 0.15, 0.3
RIPPLE_DEPTH = 0.012

Pool = tuple[str, str]
"""Instance type and zone."""


class NoiseNames(NamedTuple):
    """What a pool's sources of noise are called."""

    base: str
    waves: tuple[str, ...]
    family: str
    drift: str
    sign: str
    ripple: str


@cache
def _names(pool: Pool) -> NoiseNames:
    instance_type, zone = pool
    name = f"{zone}/{instance_type}"
    return NoiseNames(
        base=f"{name}/base",
        waves=tuple(f"{name}/{hours}" for hours, _ in POOL_WAVES),
        family=f"{catalog.region_of(zone)}/{catalog.TYPES[instance_type].family}",
        drift=f"{name}/drift",
        sign=f"{name}/sign",
        ripple=f"{name}/ripple",
    )


def _drift(seed: int, names: NoiseNames, at: float) -> float:
    """Now and then a pool leaves its band for two days and comes back."""
    index, part = divmod(at / (DRIFT_HOURS * HOUR), 1)
    if chance(seed, names.drift, int(index)) > DRIFT_CHANCE:
        return 0.0
    sign = 1 if chance(seed, names.sign, int(index)) < 0.5 else -1
    return sign * DRIFT_DEPTH * math.sin(math.pi * part) ** 2


def _discounts(seed: int, pool: Pool, first: float, step: float, count: int) -> list[float]:
    """Share of the on-demand price that spot saves, at `count` moments `step` seconds apart, unbounded."""
    names = _names(pool)
    base = 0.56 + 0.14 * chance(seed, names.base, 0)
    values = [base + _drift(seed, names, first + number * step) for number in range(count)]
    sources = [(FAMILY_WAVE, names.family), *zip(POOL_WAVES, names.waves, strict=True)]
    for (hours, depth), name in sources:
        noise = waves(seed, name, hours * HOUR, first, step, count)
        values = [value + depth * one for value, one in zip(values, noise, strict=True)]
    return values


def _bounded(discount: float) -> float:
    return min(MOST_DISCOUNT, max(LEAST_DISCOUNT, discount))


def _usd(pool: Pool, discount: float) -> float:
    return round(on_demand_usd(pool[0], catalog.region_of(pool[1])) * (1 - discount), 4)


@lru_cache(maxsize=100_000)
def _history_of_day(seed: int, pool: Pool, day: int) -> tuple[tuple[float, float], ...]:
    """(moment, USD) of a day's first price and of every change after it, oldest first."""
    start = day * DAY
    found: list[tuple[float, float]] = []
    discounts = _discounts(seed, pool, start, HISTORY_GRID_SECONDS, DAY // HISTORY_GRID_SECONDS)
    for number, discount in enumerate(discounts):
        usd = _usd(pool, round(_bounded(discount) * HISTORY_STEPS) / HISTORY_STEPS)
        if not found or usd != found[-1][1]:
            found.append((start + number * HISTORY_GRID_SECONDS, usd))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PricePoint:
    instance_type: str
    zone: str
    at: float
    usd: float


class Market:
    """The spot market of every pool. Times are Unix seconds, prices USD per hour."""

    def __init__(self, seed: int, started_at: float, price_interval: float) -> None:
        self.seed = seed
        self.price_interval = price_interval
        self._live_from = math.floor(started_at / HISTORY_GRID_SECONDS) * HISTORY_GRID_SECONDS
        self._pins: dict[Pool, list[tuple[float, float | None]]] = defaultdict(list)

    def discount(self, instance_type: str, zone: str, at: float) -> float:
        """Share of the on-demand price that spot saves, without regard to pins."""
        (value,) = _discounts(self.seed, (instance_type, zone), at, 0, 1)
        return _bounded(value)

    def price(self, instance_type: str, zone: str, at: float) -> float:
        """The price in force at that moment."""
        pool = (instance_type, zone)
        pinned = None
        for since, usd in self._pins.get(pool, ()):
            if since <= at:
                pinned = usd
        return self._model_price(pool, at) if pinned is None else pinned

    def pin(self, instance_type: str, zone: str, usd: float | None, now: float) -> None:
        """Hold a pool's price from now on; None gives it back to the model."""
        self._pins[instance_type, zone].append((now, usd))

    def unpin_all(self, now: float) -> None:
        for (instance_type, zone), pins in self._pins.items():
            if pins[-1][1] is not None:
                self.pin(instance_type, zone, None, now)

    def pinned(self) -> list[dict[str, str | float]]:
        """Pools whose price a person holds."""
        return [
            {"instance_type": instance_type, "zone": zone, "usd": usd}
            for (instance_type, zone), pins in list(self._pins.items())
            if (usd := pins[-1][1]) is not None
        ]

    def history(
        self, pools: list[Pool], start: float, end: float, after: tuple[float, int] | None = None
    ) -> Iterator[tuple[PricePoint, tuple[float, int]]]:
        """Points of those pools, newest first, each with the place to go on `after`.

        The last point of every pool is the price in force at `start`, however old.
        """
        # Below `start` every pool has but its last point: looking from further back would find another.
        newest = end if after is None else max(start, after[0])
        streams = [self._ordered(index, pool, start, newest) for index, pool in enumerate(pools)]
        for minus_at, index, point in heapq.merge(*streams, key=lambda item: item[:2]):
            if after is None or (minus_at, index) > (-after[0], after[1]):
                yield point, (-minus_at, index)

    def _ordered(
        self, index: int, pool: Pool, start: float, end: float
    ) -> Iterator[tuple[float, int, PricePoint]]:
        for at, usd in self._points(pool, end):
            yield -at, index, PricePoint(*pool, at, usd)
            if at <= start:
                return

    def _points(self, pool: Pool, end: float) -> Iterator[tuple[float, float]]:
        """Every point up to `end`, newest first, without an end."""
        for at in self._live_instants(pool, end):
            yield at, self.price(*pool, at)
        day = math.floor(min(end, self._live_from) / DAY)
        while True:
            entries, older = (_history_of_day(self.seed, pool, number) for number in (day, day - 1))
            unchanged = entries[0][1] == older[-1][1]
            for at, usd in reversed(entries[1:] if unchanged else entries):
                if at <= end and at < self._live_from:
                    yield at, usd
            day -= 1

    def _live_instants(self, pool: Pool, end: float) -> Iterator[float]:
        """Moments since the start at which the price may have changed, newest first."""
        steps = math.floor((end - self._live_from) / self.price_interval)
        grid = (self._live_from + number * self.price_interval for number in range(steps, -1, -1))
        pins = [since for since, _ in reversed(self._pins.get(pool, [])) if since <= end]
        return heapq.merge(grid, pins, reverse=True)

    def _model_price(self, pool: Pool, at: float) -> float:
        if at < self._live_from:
            entries = _history_of_day(self.seed, pool, math.floor(at / DAY))
            return entries[bisect_right(entries, (at, math.inf)) - 1][1]
        moment = at - (at - self._live_from) % self.price_interval
        ripple = wave(self.seed, _names(pool).ripple, moment, 10 * self.price_interval)
        return _usd(pool, _bounded(self.discount(*pool, moment) + RIPPLE_DEPTH * ripple))
