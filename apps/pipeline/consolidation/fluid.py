"""The cluster with its pods poured like water: a bound that no packing can beat, and where to start looking.

Whole nodes, divisible pods. For every set of places, the pods that may run nowhere else must fit there, in
each resource by itself (Hall's condition); pods of kept nodes stay where they are. Solved by CP-SAT.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from ortools.sat.python import cp_model

from .annealing import Terms
from .packing import NO_LIMIT, Flags, Ints, Stock

MICRO = 1_000_000
# With more kinds of eligibility than this, sets of three and more of them are left out.
MOST_KINDS = 8
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Poured:
    """`bound`: USD an hour, proven. `kept` and `bought` are the best set found, None without one."""

    bound: float
    kept: Flags | None
    bought: Ints


def pour(
    terms: Terms, stock: Stock, may: Flags, *, spare: float, hosts: bool, slots: int, seconds: float
) -> Poured:
    """The cheapest nodes for pods that are poured, with `spare` of every demand to spare (0.1: a tenth).

    `may` is by class and target. With `hosts`, classes that stand apart on their hosts get hosts enough;
    the bound then holds for sets that were packed by these rules only.
    """
    nodes, model = len(stock.takes), cp_model.CpModel()
    keep = [model.new_constant(1) if fixed else model.new_bool_var("") for fixed in terms.fixed]
    buy = {int(pool): model.new_int_var(0, slots, "") for pool in terms.pools}
    model.add(sum(buy.values()) <= nodes - sum(keep))
    _hold_to_terms(model, keep, buy, terms)
    for places, classes in _places(may):
        own = stock.resident[:, classes] @ stock.requests[classes]
        need = stock.total[classes] @ stock.requests[classes]
        for r in range(stock.requests.shape[1]):
            here = [
                int(own[e, r]) + (int(stock.room[e, r]) if places[e] and stock.takes[e] else 0)
                for e in range(nodes)
            ]
            bought = sum(int(stock.room[p, r]) * count for p, count in buy.items() if places[p])
            model.add(_dot(here, keep) + bought >= int(need[r] * (1 + spare)))
    if hosts:
        _give_hosts(model, keep, buy, stock, may)
    cost = _dot([int(price * MICRO) for price in terms.price[:nodes]], keep)
    cost += sum(int(terms.price[p] * MICRO) * count for p, count in buy.items())
    cost += sum(int(terms.leaving[e] * MICRO) * (1 - keep[e]) for e in range(nodes))
    model.minimize(cost)
    return _solve(model, keep, buy, seconds)


def _solve(
    model: cp_model.CpModel, keep: Sequence[cp_model.IntVar], buy: dict[int, cp_model.IntVar], seconds: float
) -> Poured:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    solver.parameters.relative_gap_limit = 0.001
    status = solver.solve(model)
    bound = max(solver.best_objective_bound / MICRO, 0.0)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Poured(0.0 if status == cp_model.INFEASIBLE else bound, None, np.empty(0, np.int64))
    kept = np.array([solver.value(variable) == 1 for variable in keep], dtype=np.bool_)
    bought = [pool for pool, count in buy.items() for _ in range(solver.value(count))]
    return Poured(bound, kept, np.array(bought, dtype=np.int64))


def _hold_to_terms(
    model: cp_model.CpModel, keep: Sequence[cp_model.IntVar], buy: dict[int, cp_model.IntVar], terms: Terms
) -> None:
    nodes = range(len(keep))
    for g, most in enumerate(terms.group_most):
        model.add(sum(1 - keep[e] for e in nodes if terms.group_of[e] == g) <= int(most))
    if terms.on_demand_floor:
        kept = sum(keep[e] for e in nodes if terms.on_demand[e])
        model.add(kept + sum(n for p, n in buy.items() if terms.on_demand[p]) >= terms.on_demand_floor)
    if terms.share_pct < 100:
        for count in buy.values():
            model.add(100 * count - terms.share_pct * sum(buy.values()) <= 99)
    if terms.most_evictions < NO_LIMIT:
        model.add(sum(int(terms.pods[e]) * (1 - keep[e]) for e in nodes) <= terms.most_evictions)


def _places(may: Flags) -> Iterator[tuple[Flags, Ints]]:
    """Sets of places with the classes that may run nowhere else."""
    kinds = np.unique(may, axis=0) if len(may) else may
    sizes = range(1, len(kinds) + 1) if len(kinds) <= MOST_KINDS else (1, 2, len(kinds))
    seen = set()
    for size in sizes:
        for chosen in combinations(range(len(kinds)), size):
            places = kinds[list(chosen)].any(axis=0)
            if places.tobytes() not in seen:
                seen.add(places.tobytes())
                yield places, np.flatnonzero(~(may & ~places).any(axis=1))


def _give_hosts(
    model: cp_model.CpModel,
    keep: Sequence[cp_model.IntVar],
    buy: dict[int, cp_model.IntVar],
    stock: Stock,
    may: Flags,
) -> None:
    """As many hosts as the class that needs most of them, for each kind of eligibility."""
    wanted: dict[bytes, int] = {}
    for c in range(len(stock.total)):
        entries = range(stock.starts[c], stock.starts[c + 1])
        most = min((int(stock.most[i]) for i in entries if stock.member[i]), default=NO_LIMIT)
        if most < NO_LIMIT:
            key = may[c].tobytes()
            wanted[key] = max(wanted.get(key, 0), -(-int(stock.total[c]) // max(most, 1)))
    for key, hosts in wanted.items():
        places = np.frombuffer(key, dtype=np.bool_)
        kept = sum(variable for e, variable in enumerate(keep) if places[e])
        model.add(kept + sum(count for p, count in buy.items() if places[p]) >= hosts)


def _dot(numbers: Sequence[int], variables: Sequence[cp_model.IntVar]) -> cp_model.LinearExprT:
    return cp_model.LinearExpr.weighted_sum(list(variables), list(numbers))
