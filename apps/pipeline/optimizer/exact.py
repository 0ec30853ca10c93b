"""The best choice of whole pods for one small node, compiled: a knapsack over two resources.

Dynamic programming over the amounts used of both, counted in their greatest common divisors; the other
resources are priced by their weights. Groups of which one node takes one pod are chosen from once.
"""

import numpy as np
from numba import njit

MOST_STATES = 300_000


@njit(cache=True)
def common_divisor(requests, upper, resource):
    """The greatest common divisor of what the classes with upper > 0 ask for; 0 where for nothing."""
    divisor = 0
    for c in range(requests.shape[0]):
        if upper[c] > 0.0:
            a, b = divisor, int(requests[c, resource])
            while b:
                a, b = b, a % b
            divisor = a
            if divisor == 1:
                break
    return divisor


@njit(cache=True)
def states_of(room, requests, upper, first, second):
    """How many states the two resources make, and their divisors."""
    one = max(1, common_divisor(requests, upper, first))
    other = max(1, common_divisor(requests, upper, second))
    return (int(room[first]) // one + 1) * (int(room[second]) // other + 1), one, other


@njit(cache=True)
def _items(value, requests, upper, group, limit, u, room, first, second, one, other):
    """What can be chosen: class, how many at once, and its group to pick from once (-1: none); and values.

    Of classes that use the same amounts only the most valuable matter, as many as fit.
    """
    classes = value.shape[0]
    keep = np.empty(classes, dtype=np.int64)
    rest = np.empty(classes)
    kept = 0
    for c in range(classes):
        if upper[c] <= 0.0:
            continue
        rest[c] = value[c]
        for r in range(u.shape[0]):
            if r != first and r != second:
                rest[c] -= u[r] * requests[c, r]
        if rest[c] > 1e-12:
            keep[kept] = c
            kept += 1
    chosen = keep[:kept]
    order = chosen[np.argsort(-rest[chosen])]
    item_class = np.empty(kept * 12 + 1, dtype=np.int64)
    item_many = np.empty(kept * 12 + 1, dtype=np.int64)
    item_group = np.empty(kept * 12 + 1, dtype=np.int64)
    items = 0
    taken = np.zeros(kept)
    for i in range(kept):
        c = order[i]
        g = group[c] if group[c] >= 0 and limit[group[c]] <= 1.0 else -1
        fit = upper[c]
        if requests[c, first] > 0.0:
            fit = min(fit, room[first] // requests[c, first])
        if requests[c, second] > 0.0:
            fit = min(fit, room[second] // requests[c, second])
        before = 0.0
        for j in range(i):
            d = order[j]
            h = group[d] if group[d] >= 0 and limit[group[d]] <= 1.0 else -1
            if (
                h == g
                and requests[d, first] == requests[c, first]
                and requests[d, second] == requests[c, second]
            ):
                before += taken[j]
        most = int(min(fit, 1e6))
        if g >= 0:
            if before > 0 or most < 1:
                continue
            taken[i] = 1.0
            item_class[items], item_many[items], item_group[items] = c, 1, g
            items += 1
            continue
        free = np.inf
        if requests[c, first] > 0.0:
            free = min(free, room[first] // requests[c, first])
        if requests[c, second] > 0.0:
            free = min(free, room[second] // requests[c, second])
        most = int(min(float(most), max(0.0, free - before)))
        taken[i] = most
        bunch = 1
        while most > 0:
            many = min(bunch, most)
            item_class[items], item_many[items], item_group[items] = c, many, -1
            items += 1
            most -= many
            bunch *= 2
    return item_class[:items], item_many[:items], item_group[:items], rest


@njit(cache=True)
def exact_worth(value, requests, upper, group, limit, u, room, first, second, filling):
    """The most that one node is worth, by whole pods; the choice goes into `filling`."""
    _, one, other = states_of(room, requests, upper, first, second)
    wide, high = int(room[first]) // one + 1, int(room[second]) // other + 1
    item_class, item_many, item_group, rest = _items(
        value, requests, upper, group, limit, u, room, first, second, one, other
    )
    # Groups one after the other, then all that stands alone.
    order = np.argsort(-item_group, kind="mergesort")
    items = item_class.shape[0]
    best = np.zeros((wide, high))
    base = np.zeros((wide, high))
    taken = np.zeros((items, wide, high), dtype=np.bool_)
    previous = -1
    for i in range(items):
        k = order[i]
        c, many, g = item_class[k], item_many[k], item_group[k]
        gain = rest[c] * many
        a, b = int(requests[c, first]) // one * many, int(requests[c, second]) // other * many
        if g >= 0 and g != previous:
            base[:, :] = best
        previous = g
        if a >= wide or b >= high:
            continue
        mark = taken[i]
        if g >= 0:
            for x in range(a, wide):
                for y in range(b, high):
                    reached = base[x - a, y - b] + gain
                    if reached > best[x, y]:
                        best[x, y] = reached
                        mark[x, y] = True
        else:
            for x in range(wide - 1, a - 1, -1):
                for y in range(high - 1, b - 1, -1):
                    reached = best[x - a, y - b] + gain
                    if reached > best[x, y]:
                        best[x, y] = reached
                        mark[x, y] = True
    total = best[wide - 1, high - 1]
    filling[:] = 0.0
    x, y = wide - 1, high - 1
    done = -1
    for i in range(items - 1, -1, -1):
        k = order[i]
        c, many, g = item_class[k], item_many[k], item_group[k]
        if g >= 0 and g == done:
            continue
        if taken[i, x, y]:
            filling[c] += many
            x -= int(requests[c, first]) // one * many
            y -= int(requests[c, second]) // other * many
            done = g if g >= 0 else done
    for r in range(u.shape[0]):
        if r != first and r != second:
            total += u[r] * room[r]
    return total
