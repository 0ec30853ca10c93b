"""How fast a node is emptied, and how long a refused pod waits before it is asked again."""

from collections.abc import Callable
from datetime import timedelta

# Karpenter's figures for its eviction queue.
FIRST_BACKOFF = timedelta(milliseconds=100)
LONGEST_BACKOFF = timedelta(seconds=10)
LONGEST_GAP = timedelta(seconds=5)
# Beyond as many doublings the limit is reached in any case.
MOST_DOUBLINGS = 10


def backoff(tries: int, random: Callable[[], float]) -> timedelta:
    """How long to wait after the `tries`-th refusal: doubling, with the upper half left to chance.

    `random` gives numbers in [0, 1). Between half of FIRST_BACKOFF and LONGEST_BACKOFF.
    """
    doublings = min(max(tries, 1) - 1, MOST_DOUBLINGS)
    doubled = min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)
    return doubled * (0.5 + random() / 2)


def gap_between(pods: int, spread: timedelta) -> timedelta:
    """The time between two evictions, so that `pods` of them take `spread` at most and never 5 s each."""
    return min(spread / pods, LONGEST_GAP) if pods else timedelta()
