"""The search among sets of nodes: close some, open others, keep what packs and pays. Compiled.

A step closes up to two nodes (kept or bought) and opens up to two (removed ones or new ones). Its cost is
known before its packing, so only sets that would be accepted are packed.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .packing import Flags, Floats, Ints, fits

# Two sums of the same prices in another order differ by less.
SAME = 1e-9


class Terms(NamedTuple):
    """What a set costs and may do. Targets are nodes first, then offerings."""

    price: Floats  # target
    leaving: Floats  # node
    fixed: Flags  # node
    on_demand: Flags  # target
    on_demand_floor: int
    group_of: Ints  # node, -1 without a group
    group_most: Ints  # group: how many may leave
    share_pct: int
    pods: Ints  # node: evictions that emptying it takes
    most_evictions: int
    pools: Ints  # the targets that may be bought


@njit(cache=True)
def cost_of(kept, bought, count, terms):  # type: ignore[no-untyped-def]  # numba
    """USD an hour of a set, what emptying the removed nodes costs spread over the saving's life."""
    total = 0.0
    for e in range(kept.shape[0]):
        total += terms.price[e] if kept[e] else terms.leaving[e]
    for i in range(count):
        total += terms.price[bought[i]]
    return total


@njit(cache=True)
def is_allowed(kept, bought, count, terms):  # type: ignore[no-untyped-def]  # numba
    """Whether the policy's limits and the groups' minimums hold.

    Each bought node replaces a removed one, and some node is left: a cluster without any starts no pod.
    """
    removed, on_demand, evictions = 0, 0, 0
    gone = np.zeros(terms.group_most.shape[0], dtype=np.int64)
    for e in range(kept.shape[0]):
        if kept[e]:
            on_demand += terms.on_demand[e]
            continue
        removed += 1
        evictions += terms.pods[e]
        g = terms.group_of[e]
        if g >= 0:
            gone[g] += 1
            if gone[g] > terms.group_most[g]:
                return False
    for i in range(count):
        on_demand += terms.on_demand[bought[i]]
        same = 0
        for j in range(count):
            same += bought[j] == bought[i]
        if 100 * same - terms.share_pct * count > 99:
            return False
    if count > removed or removed - count >= kept.shape[0] or on_demand < terms.on_demand_floor:
        return False
    return evictions <= terms.most_evictions


@njit(cache=True)
def anneal(seed, steps, heat, kept, bought, best_kept, best_bought, counts, terms, stock, placed):  # type: ignore[no-untyped-def]  # numba
    """Walk `steps` steps at `heat` (USD an hour) from a set that packs; all arrays are changed in place.

    `kept` and `bought` are where the walk is, `best_kept` and `best_bought` the best set that it has seen,
    `counts` how many of the two `bought` are in use.
    """
    np.random.seed(seed)
    now = cost_of(kept, bought, counts[0], terms)
    best = cost_of(best_kept, best_bought, counts[1], terms)
    trial, offer = kept.copy(), bought.copy()
    for _ in range(steps):
        trial[:] = kept
        offer[:] = bought
        count = _step(trial, offer, counts[0], terms)
        cost = cost_of(trial, offer, count, terms)
        if cost > now - heat * np.log(np.random.random()) or abs(cost - now) < SAME:
            continue
        if not is_allowed(trial, offer, count, terms) or not fits(trial, offer, count, stock, placed):
            continue
        kept[:] = trial
        bought[:] = offer
        counts[0], now = count, cost
        if now < best - SAME:
            best_kept[:] = kept
            best_bought[:] = bought
            counts[1], best = count, now


@njit(cache=True)
def _step(kept, bought, count, terms):  # type: ignore[no-untyped-def]  # numba
    """Close up to two and open up to two, at random; the new number of bought nodes."""
    nodes = kept.shape[0]
    for _ in range(np.random.randint(0, 3)):
        at = np.random.randint(0, nodes + count)
        if at >= nodes:
            count -= 1
            bought[at - nodes] = bought[count]
            continue
        for ahead in range(nodes):
            e = (at + ahead) % nodes
            if kept[e] and not terms.fixed[e]:
                kept[e] = False
                break
    for _ in range(np.random.randint(0, 3)):
        if np.random.random() < 0.5 and count < bought.shape[0] and terms.pools.shape[0] > 0:
            bought[count] = terms.pools[np.random.randint(0, terms.pools.shape[0])]
            count += 1
        else:
            kept[np.random.randint(0, nodes)] = True
    return count
