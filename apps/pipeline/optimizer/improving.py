"""Ruin and recreate, compiled: take a few wasteful nodes apart, pack their pods anew, keep what is cheaper.

After Schrimpf et al., Record breaking optimization results using the ruin and recreate principle (2000);
a node's waste is its cost less what the LP's duals say its pods are worth.
"""

import numpy as np
from numba import njit

from apps.pipeline.optimizer.packing import fill, open_node

FEW_NODES = 100


@njit(cache=True)
def _waste(row, plan, value, cost):
    bin_of, length, rows, numbers = plan
    worth = 0.0
    for i in range(length[row]):
        worth += value[rows[row, i]] * numbers[row, i]
    return cost[bin_of[row]] - worth


@njit(cache=True)
def wastes(plan, rows_used, value, cost):
    """The waste of each row in use."""
    found = np.empty(rows_used)
    for row in range(rows_used):
        found[row] = _waste(row, plan, value, cost)
    return found


@njit(cache=True, nogil=True)
def improve(
    plan,
    rows_used,
    existing,
    waste,
    lots,
    rules,
    state,
    standing,
    offers,
    bought,
    limits,
    price_left,
    rounds,
    most_lots,
    slack,
):
    """Run `rounds` of ruin and recreate on a plan whose first `existing` rows are nodes that run already.

    Keeps `bought` and `waste` (by row) in step. Returns the rows used, the price left, and what was saved.
    """
    bin_of, length, rows, numbers = plan
    pools, cost, price, capacity, weight = offers
    requests, value, admitted, _ = lots
    share, floor, on_demand, on_demand_bought = limits
    width = rows.shape[1]
    left = np.zeros(value.shape[0], dtype=np.int64)
    most_new = 24
    new_bin, new_length = np.empty(most_new, dtype=np.int64), np.empty(most_new, dtype=np.int64)
    new_rows = np.empty((most_new, width), dtype=np.int64)
    new_numbers = np.empty((most_new, width), dtype=np.int64)
    trial, trial_numbers = np.empty(width, dtype=np.int64), np.empty(width, dtype=np.int64)
    ruined = np.empty(8, dtype=np.int64)
    candidates = np.empty(value.shape[0], dtype=np.int64)
    appeal = value**1.2
    saved = 0.0
    for _round in range(rounds):
        if rows_used < 1:
            break
        # Of few nodes, many at once: single exchanges soon find nothing more there.
        wanted = 2 + int(np.random.random() ** 2 * (6 if rows_used < FEW_NODES else 3))
        chosen = 0
        many = 0
        old_cost = 0.0
        old_price = 0.0
        worth_left = 0.0
        old_existing = 0
        old_on_demand = 0
        for _draw in range(3 * wanted):
            if chosen >= wanted or many >= most_lots:
                break
            row = np.random.randint(rows_used)
            for _again in range(3 if chosen == 0 else 1):
                other = np.random.randint(rows_used)
                if waste[other] > waste[row]:
                    row = other
            seen = False
            for i in range(chosen):
                seen = seen or ruined[i] == row
            if seen:
                continue
            ruined[chosen] = row
            chosen += 1
            b = bin_of[row]
            old_cost += cost[b]
            old_price += price[b]
            if row < existing:
                old_existing += 1
            else:
                bought[b] -= 1
                if on_demand[b]:
                    old_on_demand += 1
            for i in range(length[row]):
                lot = rows[row, i]
                if left[lot] == 0:
                    candidates[many] = lot
                    many += 1
                left[lot] += numbers[row, i]
                worth_left += value[lot] * numbers[row, i]
        on_demand_bought[0] -= old_on_demand
        total_before = rows_used - existing
        total = total_before - (chosen - old_existing)
        made = 0
        new_cost, new_price = 0.0, 0.0
        allowed = old_cost + slack
        good = True
        strength, largest_first = 0.15 * np.random.random() ** 2, 0.3 * np.random.random()
        new_on_demand = 0
        for i in range(chosen):
            row = ruined[i]
            if row >= existing or not good:
                continue
            if made >= most_new:
                good = False
                break
            long, worth = fill(
                bin_of[row],
                row,
                capacity[bin_of[row]],
                np.ones(capacity.shape[1]),
                candidates[:many],
                left,
                lots,
                rules,
                standing,
                state,
                appeal,
                new_rows[made],
                new_numbers[made],
            )
            new_bin[made], new_length[made] = row, long
            for j in range(long):
                left[new_rows[made, j]] -= new_numbers[made, j]
            worth_left -= worth
            made += 1
        kept_rows = made
        while good:
            live = 0
            for i in range(many):
                if left[candidates[i]] > 0:
                    candidates[live], candidates[i] = candidates[i], candidates[live]
                    live += 1
            if live == 0:
                break
            if made >= most_new or new_cost + worth_left > allowed:
                good = False
                break
            pool, long, worth = open_node(
                candidates[:live],
                left,
                lots,
                rules,
                state,
                offers,
                (bought, total, total_before, limits),
                price_left + old_price - new_price,
                (strength, largest_first),
                new_rows[made],
                new_numbers[made],
                trial,
                trial_numbers,
            )
            if pool < 0:
                good = False
                break
            for j in range(long):
                left[new_rows[made, j]] -= new_numbers[made, j]
            new_bin[made], new_length[made] = pool, long
            worth_left -= worth
            new_cost += cost[pool]
            new_price += price[pool]
            bought[pool] += 1
            total += 1
            if on_demand[pool]:
                new_on_demand += 1
                on_demand_bought[0] += 1
            made += 1
        if good and new_cost <= allowed and share < 100:
            for p in pools:
                good = good and 100 * bought[p] - share * total <= 99
        if good:
            good = on_demand_bought[0] >= min(floor, total)
        if not good or new_cost > allowed:
            for i in range(many):
                left[candidates[i]] = 0
            for i in range(kept_rows, made):
                bought[new_bin[i]] -= 1
            for i in range(chosen):
                if ruined[i] >= existing:
                    bought[bin_of[ruined[i]]] += 1
            on_demand_bought[0] += old_on_demand - new_on_demand
            continue
        saved += old_cost - new_cost
        price_left += old_price - new_price
        for i in range(kept_rows):
            row = new_bin[i]
            length[row] = new_length[i]
            rows[row, : new_length[i]] = new_rows[i, : new_length[i]]
            numbers[row, : new_length[i]] = new_numbers[i, : new_length[i]]
            waste[row] = _waste(row, plan, value, cost)
        gone = np.sort(ruined[:chosen])[::-1]
        for row in gone:
            if row < existing:
                continue
            rows_used -= 1
            if row != rows_used:
                bin_of[row], length[row], waste[row] = bin_of[rows_used], length[rows_used], waste[rows_used]
                rows[row, : length[row]] = rows[rows_used, : length[row]]
                numbers[row, : length[row]] = numbers[rows_used, : length[row]]
        for i in range(kept_rows, made):
            bin_of[rows_used], length[rows_used] = new_bin[i], new_length[i]
            rows[rows_used, : new_length[i]] = new_rows[i, : new_length[i]]
            numbers[rows_used, : new_length[i]] = new_numbers[i, : new_length[i]]
            waste[rows_used] = _waste(rows_used, plan, value, cost)
            rows_used += 1
    return rows_used, price_left, saved
