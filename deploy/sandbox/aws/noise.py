"""Smooth noise that is a pure function of seed, name and time."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache


@lru_cache(maxsize=400_000)
def chance(seed: int, name: str, index: int) -> float:
    """A number in 0..1 that depends on nothing but its arguments."""
    digest = hashlib.blake2b(f"{seed}/{name}/{index}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / (1 << 48)


def wave(seed: int, name: str, at: float, period: float) -> float:
    """A value in -1..1 that wanders to somewhere new every `period` seconds."""
    return next(waves(seed, name, period, at, 0, 1))


def waves(seed: int, name: str, period: float, first: float, step: float, count: int) -> Iterator[float]:
    """`count` values of the wave, from `first` on, `step` seconds apart."""
    before = after = 0.0
    known: float | None = None
    for number in range(count):
        index, part = divmod((first + number * step) / period, 1)
        if index != known:
            known = index
            before, after = chance(seed, name, int(index)), chance(seed, name, int(index) + 1)
        ease = part * part * (3 - 2 * part)
        yield 2 * (before + (after - before) * ease) - 1
