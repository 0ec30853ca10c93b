"""The cheapest way to part a few pods among nodes, compiled: dynamic programming over every part of them.

A state says how many pods of each class there are, as whole numbers in mixed radix; state 0 is no pod at all.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def price_states(states, loads, keepable, order, limit, capacity, cost, price, pool):
    """By state what one new node that carries it costs, and of which pool it is: the cheapest that can.

    `order` are the pools, the cheapest first; `keepable` says where no host rule is broken on an empty node.
    """
    for s in range(1, states.shape[0]):
        if not keepable[s]:
            continue
        for p in order:
            fits = True
            for c in range(states.shape[1]):
                if states[s, c] > limit[c, p]:
                    fits = False
                    break
            for r in range(loads.shape[1]):
                if not fits or loads[s, r] > capacity[p, r]:
                    fits = False
                    break
            if fits:
                price[s] = cost[p]
                pool[s] = p
                break


@njit(cache=True)
def part(states, strides, price, best, taken):
    """By state the least cost of new nodes for all of it, and what the first of them carries.

    That one carries a pod of the first class that is there.
    """
    classes = states.shape[1]
    digits = np.zeros(classes, dtype=np.int64)
    best[:] = np.inf
    best[0] = 0.0
    for s in range(1, states.shape[0]):
        first = 0
        while states[s, first] == 0:
            first += 1
        digits[:] = 0
        digits[first] = 1
        a = strides[first]
        while True:
            cost = price[a] + best[s - a]
            if cost < best[s]:
                best[s] = cost
                taken[s] = a
            c = classes - 1
            while c >= first and digits[c] == states[s, c]:
                least = 1 if c == first else 0
                a -= (digits[c] - least) * strides[c]
                digits[c] = least
                c -= 1
            if c < first:
                break
            digits[c] += 1
            a += strides[c]


@njit(cache=True)
def join(states, strides, here, there, best, taken):
    """By row and state the least cost of sharing the state out between two places, and what the second takes.

    A row of `here` and of `there` says what each state costs in the one place and in the other.
    """
    classes = states.shape[1]
    digits = np.zeros(classes, dtype=np.int64)
    for row in range(here.shape[0]):
        for s in range(states.shape[0]):
            digits[:] = 0
            a = 0
            best[row, s] = np.inf
            while True:
                cost = here[row, s - a] + there[row, a]
                if cost < best[row, s]:
                    best[row, s] = cost
                    taken[row, s] = a
                c = classes - 1
                while c >= 0 and digits[c] == states[s, c]:
                    a -= digits[c] * strides[c]
                    digits[c] = 0
                    c -= 1
                if c < 0:
                    break
                digits[c] += 1
                a += strides[c]
