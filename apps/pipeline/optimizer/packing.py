"""Filling nodes, compiled: one node at a time, the lot next that gives most value for what it uses up.

A lot is a number of pods that are alike and bound to the same zone. State of a plan: `bin_of` node, and row
by row of `lots` and `numbers` what it carries (`length` entries of the row are in use).
"""

import numpy as np
from numba import njit

TRIES = 6  # offerings compared for each node that is built
TAKE = 0.25  # of the room left, at most, goes to one lot at a time, so that a node fills up evenly


@njit(cache=True, inline="always")
def _addable(lot, rules, state):
    """How many of `lot` the rules on one node still allow beside what `state` says is there."""
    member_start, member, _, apart_start, apart, spread_start, spread, spread_limit = rules
    count, apart_here, limit = state
    most = 1 << 40
    own = False
    for i in range(apart_start[lot], apart_start[lot + 1]):
        if count[apart[i]] > 0:
            return 0
    for i in range(member_start[lot], member_start[lot + 1]):
        g = member[i]
        if apart_here[g] > 0:
            return 0
        most = min(most, limit[g] - count[g])
        for j in range(apart_start[lot], apart_start[lot + 1]):
            own = own or apart[j] == g
        for j in range(spread_start[lot], spread_start[lot + 1]):
            if spread[j] == g:
                most = min(most, spread_limit[j] - count[g])
    for j in range(spread_start[lot], spread_start[lot + 1]):
        if count[spread[j]] > spread_limit[j]:
            return 0
    if own:
        most = min(most, 1)
    return max(most, 0)


@njit(cache=True)
def _note(lot, number, rules, state, sign):
    """Put `number` of `lot` into the state of a node's rules, or take its marks off again (sign -1)."""
    member_start, member, weight, apart_start, apart, spread_start, spread, spread_limit = rules
    count, apart_here, limit = state
    for i in range(member_start[lot], member_start[lot + 1]):
        count[member[i]] += sign * number * weight[i]
    for i in range(apart_start[lot], apart_start[lot + 1]):
        apart_here[apart[i]] += sign * number
    for i in range(spread_start[lot], spread_start[lot + 1]):
        g = spread[i]
        limit[g] = min(limit[g], spread_limit[i]) if sign > 0 else 1 << 40


@njit(cache=True)
def fill(
    b,
    node,
    room,
    weight,
    candidates,
    left,
    lots,
    rules,
    standing,
    state,
    appeal,
    picked,
    numbers,
):
    """Fill one node of bin `b` from what is `left` of the candidate lots, by `appeal` for the room used up.

    `node` is the row of `standing` that says who runs there already, -1 for a new node. Writes the lots and
    numbers, returns how many lots and what they are worth.
    """
    requests, value, admitted, ruled = lots
    count, apart_here, limit = state
    running, running_apart = standing
    resources = room.shape[0]
    rest = room.copy()
    if node >= 0:
        for g in range(count.shape[0]):
            count[g] = running[node, g]
            apart_here[g] = running_apart[node, g]
    live = np.empty(candidates.shape[0], dtype=np.int64)
    alive = 0
    for i in range(candidates.shape[0]):
        if left[candidates[i]] > 0 and admitted[b, candidates[i]]:
            live[alive] = candidates[i]
            alive += 1
    length = 0
    worth = 0.0
    scarce = np.empty(resources)
    while alive > 0 and length < picked.shape[0]:
        for r in range(resources):
            scarce[r] = weight[r] * room[r] / rest[r] if rest[r] > 0.0 else 0.0
        best, best_score, best_fit = -1, 0.0, 0
        i = 0
        while i < alive:
            lot = live[i]
            fit = left[lot]
            for r in range(resources):
                asked = requests[lot, r]
                if asked > 0.0 and asked * fit > rest[r]:
                    fit = int(rest[r] / asked)
            if fit > 0 and ruled[lot]:
                fit = min(fit, _addable(lot, rules, state))
            if fit <= 0:
                alive -= 1
                live[i] = live[alive]
                continue
            used = 0.0
            for r in range(resources):
                used += scarce[r] * requests[lot, r]
            score = appeal[lot] / (used + 1e-12)
            if score > best_score or best < 0:
                best, best_score, best_fit = i, score, fit
            i += 1
        if best < 0:
            break
        lot = live[best]
        most = best_fit
        if most > 1:
            for r in range(resources):
                if requests[lot, r] > 0.0:
                    most = min(most, max(1, int(TAKE * rest[r] / requests[lot, r])))
        for r in range(resources):
            rest[r] -= most * requests[lot, r]
        left[lot] -= most
        if ruled[lot]:
            _note(lot, most, rules, state, 1)
        worth += most * value[lot]
        same = -1
        for i in range(length):
            if picked[i] == lot:
                same = i
        if same >= 0:
            numbers[same] += most
        else:
            picked[length] = lot
            numbers[length] = most
            length += 1
        if left[lot] <= 0:
            alive -= 1
            live[best] = live[alive]
    for i in range(length):
        left[picked[i]] += numbers[i]
        if ruled[picked[i]]:
            _note(picked[i], numbers[i], rules, state, -1)
    if node >= 0:
        for g in range(count.shape[0]):
            count[g] = 0
            apart_here[g] = 0
    return length, worth


@njit(cache=True)
def cheapest_holding(picked, numbers, price_limit, pools, cost, price, capacity, lots):
    """The cheapest of `pools` that holds these lots; -1 where none does."""
    requests, _, admitted, _ = lots
    resources = capacity.shape[1]
    load = np.zeros(resources)
    for i in range(picked.shape[0]):
        for r in range(resources):
            load[r] += requests[picked[i], r] * numbers[i]
    best = -1
    for p in pools:
        if (best >= 0 and cost[p] >= cost[best]) or price[p] > price_limit:
            continue
        holds = True
        for r in range(resources):
            if load[r] > capacity[p, r]:
                holds = False
                break
        if holds:
            for i in range(picked.shape[0]):
                if not admitted[p, picked[i]]:
                    holds = False
                    break
        if holds:
            best = p
    return best


@njit(cache=True)
def may_buy(p, bought, total, least_total, limits):
    """Whether one more node of pool `p` keeps the share and the on-demand floor, as of `total` new nodes.

    `least_total` is how many nodes there will be at the least, whatever comes.
    """
    share, floor, on_demand, on_demand_bought = limits
    if share < 100 and 100 * (bought[p] + 1) - share * max(total + 1, least_total) > 99:
        return False
    return on_demand[p] or on_demand_bought[0] >= min(floor, total + 1)


@njit(cache=True)
def open_node(
    candidates,
    left,
    lots,
    rules,
    state,
    offers,
    buying,
    price_left,
    chance,
    picked,
    numbers,
    trial,
    trial_numbers,
):
    """The best of some new nodes for what is left: its pool (-1: none), how many lots, and their worth."""
    pools, cost, price, capacity, weight = offers
    bought, total, least_total, limits = buying
    requests, value, admitted, _ = lots
    appeal = np.empty(value.shape[0])
    strength, largest_first = chance
    for lot in candidates:
        appeal[lot] = value[lot] ** (1.0 + largest_first) * (1.0 + strength * np.random.random())
    nobody = (np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0), dtype=np.int64))
    best_pool, best_length, best_worth, best_ratio = -1, 0, 0.0, 0.0
    tried = 0
    if pools.shape[0] == 0:
        return best_pool, best_length, best_worth
    for attempt in range(4 * TRIES + pools.shape[0]):
        if tried >= TRIES or (best_pool >= 0 and attempt >= 4 * TRIES):
            break
        if attempt < 4 * TRIES:  # pools come the most efficient first, and are drawn in that favour
            p = pools[int(pools.shape[0] * np.random.random() ** 3)]
        else:
            p = pools[attempt - 4 * TRIES]
        if price[p] > price_left or not may_buy(p, bought, total, least_total, limits):
            continue
        length, worth = fill(
            p,
            -1,
            capacity[p],
            weight[p],
            candidates,
            left,
            lots,
            rules,
            nobody,
            state,
            appeal,
            trial,
            trial_numbers,
        )
        if length == 0:
            continue
        tried += 1
        q = p
        cheaper = cheapest_holding(
            trial[:length], trial_numbers[:length], price_left, pools, cost, price, capacity, lots
        )
        if cheaper >= 0 and may_buy(cheaper, bought, total, least_total, limits):
            q = cheaper
        ratio = worth / max(cost[q], 1e-12)
        if ratio > best_ratio or best_pool < 0:
            best_pool, best_length, best_worth, best_ratio = q, length, worth, ratio
            picked[:length] = trial[:length]
            numbers[:length] = trial_numbers[:length]
    return best_pool, best_length, best_worth
