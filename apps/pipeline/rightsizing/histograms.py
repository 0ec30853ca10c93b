"""Usage over time in a bounded number of numbers: a histogram whose old samples fade. No framework.

After the Kubernetes Vertical Pod Autoscaler: buckets that grow by a constant ratio, and samples that weigh
twice as much as those a half-life older. Weights are stored relative to a reference time that moves along, so
that none grows without bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# The autoscaler's figures: half of a sample is gone after a day, a bucket is 5 % wider than the last.
HALF_LIFE = timedelta(hours=24)
RATIO = 1.05
# What is left of a weight once it no longer counts.
NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Scale:
    """The buckets of a quantity: the first reaches up to `first`, `buckets` in all."""

    first: float
    buckets: int

    def bucket(self, value: float) -> int:
        """The bucket that a value falls into; the last takes all beyond."""
        if value <= self.first:
            return 0
        grown = math.log(value / self.first * (RATIO - 1) + 1, RATIO)
        return min(math.ceil(grown - 1e-9) - 1, self.buckets - 1)

    def upper(self, bucket: int) -> float:
        """The largest value of a bucket."""
        return self.first * (RATIO ** (bucket + 1) - 1) / (RATIO - 1)


CPU = Scale(first=10, buckets=160)  # milli-cores, up to about 460 cores
MEMORY = Scale(first=10, buckets=170)  # MiB, up to about 780 GiB


def faded(weights: Sequence[float], age: timedelta) -> list[float]:
    """The weights after that much time; those that no longer count are gone, the empty end is cut off."""
    factor = 0.5 ** (age / HALF_LIFE)
    left = [weight * factor if weight * factor > NOTHING else 0.0 for weight in weights]
    while left and left[-1] == 0.0:
        left.pop()
    return left


def added(weights: Sequence[float], bucket: int, weight: float) -> list[float]:
    """The weights with one sample more."""
    grown = [*weights, *([0.0] * (bucket + 1 - len(weights)))]
    grown[bucket] += weight
    return grown


def quantile(weights: Sequence[float], scale: Scale, share: float) -> float:
    """The value that `share` (0..1) of the weight lies at or below; 0 where there is none."""
    total = sum(weights)
    if total <= 0:
        return 0.0
    so_far = 0.0
    for bucket, weight in enumerate(weights):
        so_far += weight
        if so_far >= share * total - NOTHING:
            return scale.upper(bucket)
    return scale.upper(len(weights) - 1)


def since(first_at: datetime, last_at: datetime) -> float:
    """Days that were watched."""
    return (last_at - first_at) / timedelta(days=1)
