"""The most that one node is worth by whole pods: dynamic programming over the room that is left."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd, prod

import numpy as np

from apps.pipeline.optimizer.model import Amounts

# Beyond this many states a proof takes longer than it is worth.
MOST_STATES = 1_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A class that gains on the node: up to `most` pods, `gain` each; of one `group` one pod at most."""

    gain: float
    most: int
    amounts: Amounts
    group: str | None


def best_choice(choices: Sequence[Choice], room: Amounts) -> float | None:
    """The greatest gain that fits into `room`, in USD an hour; None where that takes too long to find out."""
    if not choices:
        return 0.0
    units = [gcd(*(choice.amounts[place] for choice in choices)) for place in range(len(room))]
    sizes = [had // unit + 1 if unit else 1 for had, unit in zip(room, units, strict=True)]
    if min(sizes) < 1 or prod(sizes) > MOST_STATES:
        return 0.0 if min(sizes) < 1 else None
    best = np.zeros(sizes)
    for group in _grouped(choices):
        before = best.copy()
        for choice in group:
            _allow(best, before, _steps(choice.amounts, units), choice.gain)
    for amounts, alike in _alone(choices).items():
        for number, gain in _bunches(alike, room, amounts):
            _allow(best, best, [number * step for step in _steps(amounts, units)], number * gain)
    return float(best[tuple(size - 1 for size in sizes)])


def _steps(amounts: Amounts, units: Sequence[int]) -> list[int]:
    return [amount // unit if unit else 0 for amount, unit in zip(amounts, units, strict=True)]


def _allow(best: np.ndarray, before: np.ndarray, steps: Sequence[int], gain: float) -> None:
    """Let every state be reached from the one that has room for these steps less."""
    if any(step >= size for step, size in zip(steps, best.shape, strict=True)):
        return
    to = tuple(slice(step, None) for step in steps)
    source = tuple(slice(0, size - step) for step, size in zip(steps, best.shape, strict=True))
    best[to] = np.maximum(best[to], before[source] + gain)


def _grouped(choices: Sequence[Choice]) -> Iterable[list[Choice]]:
    """By group; of those that take the same room the best one is enough."""
    groups: dict[str, dict[Amounts, Choice]] = defaultdict(dict)
    for choice in sorted(choices, key=lambda choice: choice.gain):
        if choice.group is not None:
            groups[choice.group][choice.amounts] = choice
    return [list(group.values()) for group in groups.values()]


def _alone(choices: Sequence[Choice]) -> dict[Amounts, list[Choice]]:
    """By the room they take, the best first."""
    alike: dict[Amounts, list[Choice]] = defaultdict(list)
    for choice in sorted(choices, key=lambda choice: -choice.gain):
        if choice.group is None:
            alike[choice.amounts].append(choice)
    return alike


def _bunches(alike: Sequence[Choice], room: Amounts, amounts: Amounts) -> Iterable[tuple[int, float]]:
    """Numbers to take at once, powers of two and a rest, that add up to every number there can be."""
    fitting = min((had // asked for had, asked in zip(room, amounts, strict=True) if asked), default=None)
    for choice in alike:
        left = choice.most if fitting is None else min(choice.most, fitting)
        if fitting is not None:
            fitting -= left
        bunch = 1
        while left > 0:
            yield min(bunch, left), choice.gain
            left -= min(bunch, left)
            bunch *= 2
