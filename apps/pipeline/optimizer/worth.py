"""What one node can be worth at given prices of pods: an upper bound by weights on its room, compiled.

For a node with room `cap`, pods worth v_c, at most ub_c of each and k of a host group, any u >= 0 gives
    V(u) = u . cap + sum of ub_c * max(0, v_c - u . req_c)      (a group: its best k pods)
by Lagrangian duality. V is convex in u, so a few damped Newton steps on a smoothed V (softplus, a barrier on
u) come close to its least value; V itself is then computed exactly. The derivative of the smoothed V is a
fractional filling of the node, which column generation takes as its column.
"""

import numpy as np
from numba import njit

STAGES = 8
STEPS = 6
SMOOTHEST = 0.2
SHARPER = 0.25


@njit(cache=True)
def exact_worth(u, room, value, requests, upper, group, limit, spare):
    """V(u) for one node; `spare` is scratch room for one number a class."""
    total = 0.0
    resources = room.shape[0]
    for r in range(resources):
        total += u[r] * room[r]
    classes = value.shape[0]
    grouped = 0
    for c in range(classes):
        if upper[c] <= 0.0 or value[c] <= 0.0:
            continue
        left = value[c]
        for r in range(resources):
            left -= u[r] * requests[c, r]
        if left <= 0.0:
            continue
        if group[c] < 0:
            total += upper[c] * left
        else:
            spare[grouped] = c
            grouped += 1
    if grouped:
        total += _grouped_worth(u, value, requests, upper, group, limit, spare[:grouped])
    return total


@njit(cache=True)
def _grouped_worth(u, value, requests, upper, group, limit, chosen):
    rest = np.empty(chosen.shape[0])
    for i in range(chosen.shape[0]):
        c = chosen[i]
        rest[i] = value[c]
        for r in range(u.shape[0]):
            rest[i] -= u[r] * requests[c, r]
    left = limit.copy()
    total = 0.0
    for i in np.argsort(-rest):
        c = chosen[i]
        g = group[c]
        if left[g] > 0.0:
            taken = min(left[g], upper[c])
            left[g] -= taken
            total += taken * rest[i]
    return total


@njit(cache=True)
def _smoothed(
    w, share, value, upper, group, limit, scale, softness, barrier, gradient, hessian, filling, total_of
):
    """The smoothed V at the weights `w` (in money), with its derivatives; its filling into `filling`."""
    resources = w.shape[0]
    total = 0.0
    for r in range(resources):
        total += w[r] - barrier * np.log(w[r])
        gradient[r] = 1.0 - barrier / w[r]
        for s in range(resources):
            hessian[r, s] = 0.0
        hessian[r, r] = barrier / (w[r] * w[r])
    total_of[:] = 1.0
    for i in range(value.shape[0]):
        left = value[i]
        for r in range(resources):
            left -= w[r] * share[i, r]
        raised = np.exp(min(max(left / (softness * scale[i]), -40.0), 40.0))
        if group[i] >= 0:
            filling[i] = raised
            total_of[group[i]] += raised
            continue
        portion = raised / (1.0 + raised)
        filling[i] = upper[i] * portion
        total += upper[i] * softness * scale[i] * np.log1p(raised)
        bend = filling[i] * (1.0 - portion) / (softness * scale[i])
        for r in range(resources):
            gradient[r] -= filling[i] * share[i, r]
            for s in range(r + 1):
                hessian[r, s] += bend * share[i, r] * share[i, s]
    for i in range(value.shape[0]):
        g = group[i]
        if g < 0:
            continue
        if total_of[g] > 0.0:  # its logarithm counts once; the sign remembers that it has
            total += limit[g] * softness * scale[i] * np.log(total_of[g])
            total_of[g] = -total_of[g]
        filling[i] *= -limit[g] / total_of[g]
        bend = filling[i] / (softness * scale[i])
        for r in range(resources):
            gradient[r] -= filling[i] * share[i, r]
            for s in range(r + 1):
                hessian[r, s] += bend * share[i, r] * share[i, s]
    for r in range(resources):
        for s in range(r):
            hessian[s, r] = hessian[r, s]
    return total


@njit(cache=True)
def least_worth(start, room, value, requests, upper, group, limit, filling, spare):
    """Weights u that make V(u) small, and V(u); writes the fractional filling into `filling`."""
    resources = room.shape[0]
    filling[:] = 0.0
    count = 0
    for c in range(value.shape[0]):
        if upper[c] > 0.0 and value[c] > 0.0:
            spare[count] = c
            count += 1
    chosen = spare[:count].copy()
    some_value, some_upper, some_group = value[chosen], upper[chosen], group[chosen]
    # In shares of the room: w_r = u_r * room_r is money, share[i, r] a fraction of the node.
    share = np.zeros((count, resources))
    scale = some_value.copy()
    group_scale = np.zeros(limit.shape[0])
    for i in range(count):
        for r in range(resources):
            if room[r] > 0.0:
                share[i, r] = requests[chosen[i], r] / room[r]
        if some_group[i] >= 0:
            group_scale[some_group[i]] = max(group_scale[some_group[i]], some_value[i])
    for i in range(count):
        if some_group[i] >= 0:
            scale[i] = group_scale[some_group[i]]
    w = np.empty(resources)
    size = 0.0
    for r in range(resources):
        w[r] = start[r] * room[r]
        size += w[r]
    if size <= 0.0:
        for i in range(count):
            size = max(size, some_value[i])
    for r in range(resources):
        w[r] = max(w[r], 0.01 * size)
    gradient, hessian = np.empty(resources), np.empty((resources, resources))
    amounts, total_of = np.empty(count), np.empty(limit.shape[0])
    best, best_worth = start.copy(), np.inf
    u, trial = np.empty(resources), np.empty(resources)
    fullest_value = 0.0
    softness = SMOOTHEST
    for _stage in range(STAGES):
        barrier = 0.1 * softness * size
        now = _smoothed(
            w,
            share,
            some_value,
            some_upper,
            some_group,
            limit,
            scale,
            softness,
            barrier,
            gradient,
            hessian,
            amounts,
            total_of,
        )
        for _step in range(STEPS):
            move = np.linalg.solve(hessian, -gradient)
            slope = 0.0
            longest = 1.0
            for r in range(resources):
                slope += move[r] * gradient[r]
                if move[r] < 0.0:
                    longest = min(longest, -0.95 * w[r] / move[r])
            if slope > -1e-4 * softness * size:
                break
            for _halving in range(12):
                for r in range(resources):
                    trial[r] = w[r] + longest * move[r]
                then = _smoothed(
                    trial,
                    share,
                    some_value,
                    some_upper,
                    some_group,
                    limit,
                    scale,
                    softness,
                    barrier,
                    gradient,
                    hessian,
                    amounts,
                    total_of,
                )
                if then <= now + 0.1 * longest * slope:
                    break
                longest *= 0.4
            w[:] = trial
            now = then
        for r in range(resources):
            u[r] = w[r] / room[r] if room[r] > 0.0 else 0.0
        worth = exact_worth(u, room, value, requests, upper, group, limit, spare)
        if worth < best_worth:
            best_worth = worth
            best[:] = u
        softness *= SHARPER
        fullest = 1.0
        for r in range(resources):
            load = 0.0
            for i in range(count):
                amounts[i] = min(amounts[i], some_upper[i])
                load += amounts[i] * share[i, r]
            fullest = max(fullest, load)
        carried = 0.0
        for i in range(count):
            carried += amounts[i] * some_value[i] / fullest
        if carried > fullest_value:
            fullest_value = carried
            for i in range(count):
                filling[chosen[i]] = amounts[i] / fullest
    return best_worth, best
