"""Spot prices as a function of seed, pool and time: any history exists without being stored."""

import hashlib
import heapq
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from deploy.sandbox.aws import catalog
from deploy.sandbox.aws.pricelist import on_demand_usd

HOUR = 3600
# Before the sandbox started, a price may change every few minutes, in steps of 1 % of on-demand.
HISTORY_GRID_SECONDS = 600
HISTORY_STEPS = 100
LEAST_DISCOUNT, MOST_DISCOUNT = 0.45, 0.80
# (period in hours, how far the discount moves with it)
POOL_WAVES = ((36, 0.09), (9, 0.035))
FAMILY_WAVE = (60, 0.04)
DRIFT_HOURS, DRIFT_DEPTH, DRIFT_CHANCE = 48, 0.15, 0.3
RIPPLE_DEPTH = 0.012


class NoiseNames(NamedTuple):
    """What a pool's sources of noise are called."""

    base: str
    waves: tuple[str, ...]
    family: str
    drift: str
    sign: str
    ripple: str


@cache
def _names(instance_type: str, zone: str) -> NoiseNames:
    pool = f"{zone}/{instance_type}"
    return NoiseNames(
        base=f"{pool}/base",
        waves=tuple(f"{pool}/{hours}" for hours, _ in POOL_WAVES),
        family=f"{catalog.region_of(zone)}/{catalog.TYPES[instance_type].family}",
        drift=f"{pool}/drift",
        sign=f"{pool}/sign",
        ripple=f"{pool}/ripple",
    )


@lru_cache(maxsize=400_000)
def _chance(seed: int, name: str, index: int) -> float:
    """A number in 0..1 that depends on nothing but its arguments."""
    digest = hashlib.blake2b(f"{seed}/{name}/{index}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / (1 << 48)


def _wave(seed: int, name: str, at: float, period: float) -> float:
    """Smooth noise in -1..1 that wanders to somewhere new every `period` seconds."""
    index, part = divmod(at / period, 1)
    ease = part * part * (3 - 2 * part)
    before, after = _chance(seed, name, int(index)), _chance(seed, name, int(index) + 1)
    return 2 * (before + (after - before) * ease) - 1


def _drift(seed: int, names: NoiseNames, at: float) -> float:
    """Now and then a pool leaves its band for two days and comes back."""
    index, part = divmod(at / (DRIFT_HOURS * HOUR), 1)
    if _chance(seed, names.drift, int(index)) > DRIFT_CHANCE:
        return 0.0
    sign = 1 if _chance(seed, names.sign, int(index)) < 0.5 else -1
    return sign * DRIFT_DEPTH * math.sin(math.pi * part) ** 2


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
        self._pins: dict[tuple[str, str], list[tuple[float, float | None]]] = defaultdict(list)

    def discount(self, instance_type: str, zone: str, at: float) -> float:
        """Share of the on-demand price that spot saves, without regard to pins."""
        names = _names(instance_type, zone)
        value = 0.56 + 0.14 * _chance(self.seed, names.base, 0)
        for (hours, depth), wave in zip(POOL_WAVES, names.waves, strict=True):
            value += depth * _wave(self.seed, wave, at, hours * HOUR)
        value += FAMILY_WAVE[1] * _wave(self.seed, names.family, at, FAMILY_WAVE[0] * HOUR)
        value += _drift(self.seed, names, at)
        if at >= self._live_from:
            value += RIPPLE_DEPTH * _wave(self.seed, names.ripple, at, 10 * self.price_interval)
        return min(MOST_DISCOUNT, max(LEAST_DISCOUNT, value))

    def price(self, instance_type: str, zone: str, at: float) -> float:
        """The price in force at that moment."""
        pinned = None
        for since, usd in self._pins.get((instance_type, zone), ()):
            if since <= at:
                pinned = usd
        return self._model_price(instance_type, zone, self._grid_floor(at)) if pinned is None else pinned

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
            {"instance_type": instance_type, "zone": zone, "usd": pins[-1][1]}
            for (instance_type, zone), pins in list(self._pins.items())
            if pins[-1][1] is not None
        ]

    def history(
        self, pools: list[tuple[str, str]], start: float, end: float, after: tuple[float, int] | None = None
    ) -> Iterator[tuple[PricePoint, tuple[float, int]]]:
        """Points of those pools, newest first, each with the place to go on `after`.

        The last point of every pool is the price in force at `start`, however old.
        """
        newest = end if after is None else after[0]
        streams = [self._ordered(index, pool, start, newest) for index, pool in enumerate(pools)]
        for minus_at, index, point in heapq.merge(*streams, key=lambda item: item[:2]):
            if after is None or (minus_at, index) > (-after[0], after[1]):
                yield point, (-minus_at, index)

    def _ordered(
        self, index: int, pool: tuple[str, str], start: float, end: float
    ) -> Iterator[tuple[float, int, PricePoint]]:
        for point in self._points(pool, start, end):
            yield -point.at, index, point

    def _points(self, pool: tuple[str, str], start: float, end: float) -> Iterator[PricePoint]:
        instants = self._instants(pool, start, end)
        at = next(instants)
        usd = self.price(*pool, at)
        for earlier in instants:
            earlier_usd = self.price(*pool, earlier)
            if at >= self._live_from or usd != earlier_usd:
                yield PricePoint(*pool, at, usd)
            at, usd = earlier, earlier_usd
        yield PricePoint(*pool, at, usd)

    def _instants(self, pool: tuple[str, str], start: float, end: float) -> Iterator[float]:
        """Moments at which the price may change, newest first, down to the one in force at `start`."""
        pins = [since for since, _ in self._pins.get(pool, ()) if since <= end]
        at = self._grid_floor(end)
        while True:
            while pins and pins[-1] > at:
                yield pins[-1]
                if pins.pop() <= start:
                    return
            yield at
            if at <= start:
                return
            at = self._grid_floor(at - 0.001)

    def _grid_floor(self, at: float) -> float:
        if at < self._live_from:
            return math.floor(at / HISTORY_GRID_SECONDS) * HISTORY_GRID_SECONDS
        steps = math.floor((at - self._live_from) / self.price_interval)
        return self._live_from + steps * self.price_interval

    def _model_price(self, instance_type: str, zone: str, at: float) -> float:
        discount = self.discount(instance_type, zone, at)
        if at < self._live_from:
            discount = round(discount * HISTORY_STEPS) / HISTORY_STEPS
        return round(on_demand_usd(instance_type, catalog.region_of(zone)) * (1 - discount), 4)
