"""Pricing, compiled: for each pool, the best filling found at given prices, and the most any can be worth."""

import numpy as np
from numba import njit

from apps.pipeline.optimizer.exact import exact_worth, states_of
from apps.pipeline.optimizer.packing import fill
from apps.pipeline.optimizer.worth import exact_worth as worth_at
from apps.pipeline.optimizer.worth import least_worth

CLOSE = 1.0001  # a node worth no more than its cost but for this is not counted in whole pods


@njit(cache=True, nogil=True)
def best_fillings(
    pools, zone, capacity, cost, weight, value, demand, lots, rules, state, tries, found, fillings
):
    """By as many greedy fillings with shaken weights as `tries` has for each of `pools`, the best.

    What is better than `found` replaces it and the row of `fillings`.
    """
    requests, _, admitted, ruled = lots
    nobody = (np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0), dtype=np.int64))
    width = value.shape[1]
    picked, numbers = np.empty(width, dtype=np.int64), np.empty(width, dtype=np.int64)
    shaken = np.empty(capacity.shape[1])
    appeal = np.empty(width)
    for i in range(pools.shape[0]):
        p = pools[i]
        prices = value[zone[p]]
        candidates = np.flatnonzero((prices > 1e-9) & (demand > 0))
        for attempt in range(tries[i]):
            for r in range(shaken.shape[0]):
                shaken[r] = weight[p, r] * (0.4 + 1.2 * np.random.random())
            power = 1.0 + 0.5 * np.random.random()
            strength = 0.2 * np.random.random() if attempt else 0.0
            for lot in candidates:
                appeal[lot] = prices[lot] ** power * (1.0 + strength * np.random.random())
            many, worth = fill(
                p,
                -1,
                capacity[p],
                shaken,
                candidates,
                demand,
                (requests, prices, admitted, ruled),
                rules,
                nobody,
                state,
                appeal,
                picked,
                numbers,
            )
            if worth > found[i]:
                found[i] = worth
                fillings[i, :] = 0
                for j in range(many):
                    fillings[i, picked[j]] = numbers[j]


@njit(cache=True)
def _round(filling, value, u, room, requests, upper, group, limit):
    """Make a fractional filling whole: round down, then add what fits, the most gainful first."""
    classes, resources = requests.shape
    rest = room.copy()
    open_ = limit.copy()
    density = np.zeros(classes)
    for c in range(classes):
        filling[c] = np.floor(filling[c] + 1e-6)
        paid = 1e-9
        for r in range(resources):
            rest[r] -= filling[c] * requests[c, r]
            paid += u[r] * requests[c, r]
        if group[c] >= 0:
            open_[group[c]] -= filling[c]
        if value[c] > 0.0:
            density[c] = value[c] / paid
    for c in np.argsort(-density):
        if density[c] <= 0.0:
            break
        more = upper[c] - filling[c]
        if group[c] >= 0:
            more = min(more, open_[group[c]])
        for r in range(resources):
            if requests[c, r] > 0.0:
                more = min(more, np.floor(rest[r] / requests[c, r]))
        if more > 0.0:
            filling[c] += more
            for r in range(resources):
                rest[r] -= more * requests[c, r]
            if group[c] >= 0:
                open_[group[c]] -= more


@njit(cache=True, nogil=True)
def most_worth(
    bins,
    zone,
    room,
    cost,
    value,
    requests,
    upper,
    group,
    limit,
    weights,
    worth,
    exact,
    found,
    fillings,
    most_states,
):
    """An upper bound on the worth of a node of each bin, into `worth`; by whole pods where `exact` says so.

    The weights at hand are kept where they already show a bin to be worth no more than its cost. Where whole
    pods are counted and that choice beats `found`, it replaces the row of `fillings`. They are counted where
    that takes at most `most_states`.
    """
    classes = value.shape[1]
    resources = room.shape[1]
    spare = np.empty(classes, dtype=np.int64)
    filling = np.empty(classes)
    for i in range(bins.shape[0]):
        b = bins[i]
        v = value[zone[b]]
        exact[b] = False
        worth[b] = worth_at(weights[b], room[b], v, requests, upper[b], group, limit[b], spare)
        if worth[b] <= cost[b]:
            continue
        better, u = least_worth(weights[b], room[b], v, requests, upper[b], group, limit[b], filling, spare)
        if better < worth[b]:
            worth[b] = better
            weights[b] = u
        if worth[b] <= cost[b] * CLOSE or resources < 2 or cost[b] <= 0.0:
            continue
        states, _, _ = states_of(room[b], requests, upper[b], 0, 1)
        if states > most_states:
            _round(filling, v, weights[b], room[b], requests, upper[b], group, limit[b])
            carried = 0.0
            for c in range(classes):
                carried += filling[c] * v[c]
            if carried > found[i]:
                found[i] = carried
                for c in range(classes):
                    fillings[i, c] = int(filling[c])
            continue
        # Twice: with what the other resources are worth, and with nothing for them.
        for attempt in range(2):
            others = weights[b].copy()
            if attempt:
                others[:] = 0.0
            counted = exact_worth(v, requests, upper[b], group, limit[b], others, room[b], 0, 1, filling)
            carried = 0.0
            fits = True
            for r in range(resources):
                load = 0.0
                for c in range(classes):
                    load += filling[c] * requests[c, r]
                fits = fits and load <= room[b, r]
            for c in range(classes):
                carried += filling[c] * v[c]
            if counted < worth[b]:
                worth[b] = counted
                exact[b] = True
                if attempt:
                    weights[b] = others
            if fits and carried > found[i]:
                found[i] = carried
                for c in range(classes):
                    fillings[i, c] = int(filling[c])
            if resources == 2:
                break
