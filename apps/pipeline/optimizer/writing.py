"""The answer, written down: nodes with the ids of their pods, and a sentence for each pod left."""

from collections import Counter, deque
from collections.abc import Sequence

import numpy as np

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.excluding import detail_of
from apps.pipeline.optimizer.model import Certificate, Exclusion, First, NewNode, Plan, Unplaced

Ids = Sequence[deque[str]]  # by class the pods that are still to be written down


def taken(content: Sequence[tuple[int, int]], ids: Ids) -> tuple[str, ...]:
    """The ids of as many pods of each class as `content` says; they are gone from `ids`."""
    return tuple(ids[class_].popleft() for class_, number in content for _ in range(number))


def explained(arrays: Arrays, unplaced: Counter[tuple[int, Exclusion]], ids: Ids) -> list[Unplaced]:
    """Each pod that found no place, of as many as `unplaced` counts by class and reason."""
    found: list[Unplaced] = []
    for (class_, because), number in unplaced.items():
        detail = detail_of(arrays, class_, because)
        found.extend(Unplaced(ids[class_].popleft(), because, detail) for _ in range(number))
    return found


def written(
    arrays: Arrays,
    rows: Sequence[tuple[int, tuple[str, ...]]],
    unplaced: Sequence[Unplaced],
    certificate: Certificate,
    first: First,
    seconds: float,
    method: str,
) -> Plan:
    """The plan of these bins with their pods."""
    bins, problem, offered = arrays.bins, arrays.problem, arrays.offered
    bought = np.array([bin_ for bin_, _ in rows if bin_ < offered], dtype=np.int64)
    cost = float(bins.cost[bought].sum())
    proven = min(certificate.bound, cost)
    return Plan(
        new_nodes=tuple(NewNode(problem.offerings[bin_].key, pods) for bin_, pods in rows if bin_ < offered),
        on_nodes={
            problem.nodes[bin_ - offered].name: pods for bin_, pods in rows if bin_ >= offered and pods
        },
        unplaced=tuple(unplaced),
        cost=cost,
        price=float(bins.price[bought].sum()),
        bound=proven,
        gap=(cost - proven) / cost if cost > 0 else 0.0,
        certificate=certificate,
        first=first,
        seconds=seconds,
        method=method,
    )
