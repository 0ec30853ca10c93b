"""Whether a set of nodes holds all pods: residents stay, the others are packed class by class. Compiled.

Targets are the kept nodes that take pods, then the bought ones. Best fit: the pods of a class go where the
room that is left is least and least lopsided, so that no node ends with CPU that its memory cannot use.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

NO_LIMIT = 1 << 30

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Stock(NamedTuple):
    """What is packed and into what. Targets are rows of `room`: nodes first, then offerings."""

    takes: Flags  # node: whether it takes more pods
    total: Ints  # class
    resident: Ints  # node x class
    order: Ints  # classes, those that are hardest to place first
    requests: Ints  # class x resource
    room: Ints  # target x resource
    may: Flags  # class x target
    starts: Ints  # class: where its entries of host groups begin
    group: Ints
    member: Flags
    most: Ints
    here: Ints  # node x host group: members that stay
    bars: Ints  # node x host group: how many its residents bear
    weights: Floats  # resource: what a unit of room is worth


@njit(cache=True)
def fits(kept, bought, count, stock, placed):  # type: ignore[no-untyped-def]  # numba
    """Whether everything finds a place; `placed` (target x class) is overwritten with where."""
    rows, need = _targets(kept, bought, count, stock)
    free = stock.room[rows]
    for r in range(free.shape[1]):
        spare = free[:, r].sum()
        for c in range(need.shape[0]):
            spare -= need[c] * stock.requests[c, r]
        if spare < 0:
            return False
    here = np.zeros((rows.shape[0], stock.here.shape[1]), dtype=np.int64)
    bars = np.full(here.shape, NO_LIMIT, dtype=np.int64)
    for t in range(rows.shape[0]):
        if rows[t] < kept.shape[0]:
            here[t] = stock.here[rows[t]]
            bars[t] = stock.bars[rows[t]]
    placed[:] = 0
    for c in stock.order:
        left = need[c]
        while left > 0:
            target, taken = _best_fit(c, left, rows, free, here, bars, stock)
            if target < 0:
                return False
            _put(c, taken, target, free, here, bars, stock)
            placed[target, c] += taken
            left -= taken
    return True


@njit(cache=True)
def _targets(kept, bought, count, stock):  # type: ignore[no-untyped-def]  # numba
    """The rows of the targets, and how many pods of each class have to be placed on them."""
    nodes = kept.shape[0]
    need = stock.total.copy()
    rows = np.empty(nodes + count, dtype=np.int64)
    targets = 0
    for e in range(nodes):
        if kept[e]:
            for c in range(need.shape[0]):
                need[c] -= stock.resident[e, c]
            if stock.takes[e]:
                rows[targets] = e
                targets += 1
    for i in range(count):
        rows[targets] = bought[i]
        targets += 1
    return rows[:targets], need


@njit(cache=True)
def _best_fit(c, left, rows, free, here, bars, stock):  # type: ignore[no-untyped-def]  # numba
    """The target that suits class `c` best and how many pods of it go there; -1 where none has room."""
    best, best_score, best_taken = -1, np.inf, 0
    for t in range(rows.shape[0]):
        if not stock.may[c, rows[t]]:
            continue
        taken = _room_for(c, left, t, free, here, bars, stock)
        if taken <= 0:
            continue
        score = _waste(stock.requests[c], free[t], taken, stock.weights)
        if score < best_score:
            best, best_score, best_taken = t, score, taken
    return best, best_taken


@njit(cache=True)
def _room_for(c, left, t, free, here, bars, stock):  # type: ignore[no-untyped-def]  # numba
    """How many of `left` pods of a class the target can take, by its room and by the rules on a host."""
    taken = left
    for r in range(free.shape[1]):
        if stock.requests[c, r] > 0:
            taken = min(taken, free[t, r] // stock.requests[c, r])
    for entry in range(stock.starts[c], stock.starts[c + 1]):
        g = stock.group[entry]
        if stock.member[entry]:
            taken = min(taken, min(stock.most[entry], bars[t, g]) - here[t, g])
        elif stock.most[entry] < here[t, g]:
            return 0
    return taken


@njit(cache=True)
def _put(c, taken, t, free, here, bars, stock):  # type: ignore[no-untyped-def]  # numba
    for r in range(free.shape[1]):
        free[t, r] -= taken * stock.requests[c, r]
    for entry in range(stock.starts[c], stock.starts[c + 1]):
        g = stock.group[entry]
        if stock.member[entry]:
            here[t, g] += taken
        bars[t, g] = min(bars[t, g], stock.most[entry])


@njit(cache=True)
def _waste(request, free, taken, weights):  # type: ignore[no-untyped-def]  # numba
    """What the room left is worth, doubled where the pod asks for one resource and none of the other."""
    left, most, least = 0.0, 0.0, 1.0
    for r in range(request.shape[0]):
        left += weights[r] * (free[r] - taken * request[r])
        if weights[r] > 0.0:
            share = request[r] / max(free[r], 1)
            most = max(most, share)
            least = min(least, share)
    return left * (1.0 + (most - least) / max(most, 1e-9))
