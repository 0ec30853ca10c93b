"""The first plan, compiled: nodes one after the other, each the best found for the pods still left."""

import numpy as np
from numba import njit

from apps.pipeline.optimizer.packing import _addable, _note, fill, may_buy, open_node

LOOKED_AT = 200  # lots looked at for one node; of more, a random choice


@njit(cache=True)
def seed_chance(seed):
    """Makes what follows repeatable."""
    np.random.seed(seed)


@njit(cache=True)
def fill_existing(plan, left, lots, rules, state, standing, rooms):
    """Put what is left into the `rooms` of the existing nodes, which are the first rows of `plan`."""
    bin_of, length, rows, numbers = plan
    appeal = lots[1] ** 1.3
    picked, taken = np.empty(rows.shape[1], dtype=np.int64), np.empty(rows.shape[1], dtype=np.int64)
    for row in range(standing[0].shape[0]):
        b = bin_of[row]
        room = rooms[row].copy()
        weight = np.ones(room.shape[0])
        for r in range(room.shape[0]):
            room[r] = max(room[r], 0.0)
        candidates = np.flatnonzero(left > 0)
        if candidates.shape[0] == 0:
            return
        many, _ = fill(
            b,
            row,
            room,
            weight,
            candidates,
            left,
            lots,
            rules,
            standing,
            state,
            appeal,
            picked[: rows.shape[1] - length[row]],
            taken,
        )
        for i in range(many):
            left[picked[i]] -= taken[i]
            same = -1
            for j in range(length[row]):
                if rows[row, j] == picked[i]:
                    same = j
            if same >= 0:
                numbers[row, same] += taken[i]
            else:
                rows[row, length[row]] = picked[i]
                numbers[row, length[row]] = taken[i]
                length[row] += 1


@njit(cache=True)
def build(plan, rows_used, left, lots, rules, state, offers, bought, limits, price_left, most_nodes):
    """Open at most `most_nodes` new nodes for what is left; returns the rows used and the price left."""
    bin_of, length, rows, numbers = plan
    _, cost, price, _, _ = offers
    _, _, on_demand, on_demand_bought = limits
    width = rows.shape[1]
    picked, taken = np.empty(width, dtype=np.int64), np.empty(width, dtype=np.int64)
    trial, trial_taken = np.empty(width, dtype=np.int64), np.empty(width, dtype=np.int64)
    total = bought.sum()
    opened = 0
    while opened < most_nodes:
        candidates = np.flatnonzero(left > 0)
        if candidates.shape[0] == 0:
            break
        if candidates.shape[0] > LOOKED_AT:
            candidates = np.random.permutation(candidates)[:LOOKED_AT]
        pool, many, _ = open_node(
            candidates,
            left,
            lots,
            rules,
            state,
            offers,
            (bought, total, 0, limits),
            price_left,
            (0.02, 0.05),
            picked,
            taken,
            trial,
            trial_taken,
        )
        if pool < 0:
            if candidates.shape[0] < np.count_nonzero(left > 0):
                candidates = np.flatnonzero(left > 0)
                pool, many, _ = open_node(
                    candidates,
                    left,
                    lots,
                    rules,
                    state,
                    offers,
                    (bought, total, 0, limits),
                    price_left,
                    (0.02, 0.05),
                    picked,
                    taken,
                    trial,
                    trial_taken,
                )
            if pool < 0:
                break
        copies = 1 << 40
        for i in range(many):
            copies = min(copies, left[picked[i]] // taken[i])
        for copy in range(max(1, copies)):
            if copy and (price[pool] > price_left or not may_buy(pool, bought, total, 0, limits)):
                break
            bin_of[rows_used] = pool
            length[rows_used] = many
            for i in range(many):
                rows[rows_used, i] = picked[i]
                numbers[rows_used, i] = taken[i]
                left[picked[i]] -= taken[i]
            rows_used += 1
            opened += 1
            total += 1
            bought[pool] += 1
            if on_demand[pool]:
                on_demand_bought[0] += 1
            price_left -= price[pool]
    return rows_used, price_left


@njit(cache=True)
def follow(plan, rows_used, pool, wanted, of_sort, bound, left, lots, rules, state, copies, least_part):
    """Open up to `copies` nodes of `pool` that carry what a column says; returns the rows used.

    `wanted` is a number by sort, `of_sort` the lots of each (starts, values), `bound` those with a zone.
    Stops where what is left makes up less than `least_part` of the column's pods.
    """
    bin_of, length, rows, numbers = plan
    _, _, admitted, ruled = lots
    starts, members = of_sort
    total = wanted.sum()
    sorts = np.flatnonzero(wanted)
    for _copy in range(copies):
        many = 0
        placed = 0
        for sort in sorts:
            open_ = wanted[sort]
            while open_ > 0 and many < rows.shape[1]:
                best, best_left, best_fit = -1, 0, 0
                for i in range(starts[sort], starts[sort + 1]):
                    lot = members[i]
                    # Those that few nodes may take first, the plain ones fill in later.
                    rank = left[lot] + (1 << 40 if ruled[lot] else 1 << 20 if bound[lot] else 0)
                    if left[lot] <= 0 or rank <= best_left or not admitted[pool, lot]:
                        continue
                    fit = min(open_, left[lot])
                    if ruled[lot]:
                        fit = min(fit, _addable(lot, rules, state))
                    if fit > 0:
                        best, best_left, best_fit = lot, rank, fit
                if best < 0:
                    break
                rows[rows_used, many], numbers[rows_used, many] = best, best_fit
                many += 1
                left[best] -= best_fit
                if ruled[best]:
                    _note(best, best_fit, rules, state, 1)
                open_ -= best_fit
                placed += best_fit
        for i in range(many):
            if ruled[rows[rows_used, i]]:
                _note(rows[rows_used, i], numbers[rows_used, i], rules, state, -1)
        if placed < least_part * total:
            for i in range(many):
                left[rows[rows_used, i]] += numbers[rows_used, i]
            break
        bin_of[rows_used], length[rows_used] = pool, many
        rows_used += 1
    return rows_used


@njit(cache=True)
def top_up(plan, first, last, left, lots, rules, state, capacity):
    """Put what is left into the room that the new nodes in rows `first` to `last` have over."""
    bin_of, length, rows, numbers = plan
    requests, value, admitted, ruled = lots
    nobody = (np.zeros((0, 0), dtype=np.int64), np.zeros((0, 0), dtype=np.int64))
    width = rows.shape[1]
    picked, taken = np.empty(width, dtype=np.int64), np.empty(width, dtype=np.int64)
    appeal = value**1.3
    for row in range(first, last):
        candidates = np.flatnonzero(left > 0)
        if candidates.shape[0] == 0:
            break
        room = capacity[bin_of[row]].copy()
        for i in range(length[row]):
            lot = rows[row, i]
            for r in range(room.shape[0]):
                room[r] -= requests[lot, r] * numbers[row, i]
            if ruled[lot]:
                _note(lot, numbers[row, i], rules, state, 1)
        many, _ = fill(
            bin_of[row],
            -1,
            room,
            np.ones(room.shape[0]),
            candidates,
            left,
            lots,
            rules,
            nobody,
            state,
            appeal,
            picked[: width - length[row]],
            taken,
        )
        for i in range(length[row]):
            if ruled[rows[row, i]]:
                _note(rows[row, i], numbers[row, i], rules, state, -1)
        for i in range(many):
            left[picked[i]] -= taken[i]
            rows[row, length[row]], numbers[row, length[row]] = picked[i], taken[i]
            length[row] += 1
