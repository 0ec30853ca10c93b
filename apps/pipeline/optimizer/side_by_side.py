"""Compiled steps in two halves: they let go of the interpreter, so that two cores can take one each."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from apps.pipeline.optimizer.building import seed_chance

SEVERAL_CORES = len(os.sched_getaffinity(0)) > 1


@njit(cache=True)
def _drawn() -> int:
    return np.random.randint(1 << 30)


def side_by_side(first: Callable[[], None], second: Callable[[], None]) -> None:
    """Both steps, at the same time where there are cores for it; they must write to nothing in common."""
    if not SEVERAL_CORES:
        first()
        second()
        return
    # Every thread has its own chance: seeded from ours, it stays repeatable.
    seed = _drawn()

    def seeded() -> None:
        seed_chance(seed)
        second()

    with ThreadPoolExecutor(1) as other:
        running = other.submit(seeded)
        first()
        running.result()
