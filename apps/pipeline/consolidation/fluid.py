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

Counts = Sequence[cp_model.IntVar]  # target: 1 for a node that is kept, how many of a pool are bought
Numbers = Sequence[int] | Ints | Flags  # target

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

    `may` is by class and target, at most `slots` of a pool are bought. With `hosts`, classes that stand apart
    on their hosts get hosts enough; the bound then holds for sets that were packed by these rules only.
    """
    nodes, model = len(stock.takes), cp_model.CpModel()
    keep = [model.new_constant(1) if fixed else model.new_bool_var("") for fixed in terms.fixed]
    counts = [*keep, *(model.new_int_var(0, slots, "") for _ in terms.pools)]
    _at_most(model, [1] * len(counts), counts, nodes)
    _at_least(model, [1] * len(counts), counts, 1)
    _hold_to_terms(model, counts, terms)
    for places, classes in _places(may):
        here = np.where(places[:, None], stock.room, 0)
        here[:nodes] *= stock.takes[:, None]
        here[:nodes] += stock.resident[:, classes] @ stock.requests[classes]
        need = stock.total[classes] @ stock.requests[classes]
        for r in range(len(need)):
            _at_least(model, here[:, r], counts, int(need[r] * (1 + spare)))
    if hosts:
        for places, number in _hosts(stock, may):
            _at_least(model, places, counts, number)
    price, leaving = (terms.price * MICRO).astype(np.int64), (terms.leaving * MICRO).astype(np.int64)
    price[:nodes] -= leaving
    model.minimize(_dot(price, counts) + int(leaving.sum()))
    return _solve(model, counts, nodes, seconds)


def _solve(model: cp_model.CpModel, counts: Counts, nodes: int, seconds: float) -> Poured:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    solver.parameters.relative_gap_limit = 0.001
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        known = status == cp_model.UNKNOWN
        bound = max(solver.best_objective_bound / MICRO, 0.0) if known else 0.0
        return Poured(bound, None, np.empty(0, np.int64))
    found = np.array([solver.value(count) for count in counts], dtype=np.int64)
    bought = nodes + np.repeat(np.arange(len(found) - nodes), found[nodes:])
    return Poured(max(solver.best_objective_bound / MICRO, 0.0), found[:nodes] == 1, bought)


def _hold_to_terms(model: cp_model.CpModel, counts: Counts, terms: Terms) -> None:
    nodes = len(terms.fixed)
    none = np.zeros(len(counts), dtype=np.int64)
    for g, most in enumerate(terms.group_most):
        members = none.copy()
        members[:nodes] = terms.group_of == g
        _at_least(model, members, counts, int(members.sum() - most))
    _at_least(model, terms.on_demand, counts, terms.on_demand_floor)
    if terms.share_pct < 100:
        for pool in terms.pools:
            share = none.copy()
            share[nodes:] = -terms.share_pct
            share[pool] += 100
            _at_most(model, share, counts, 99)
    if terms.most_evictions < NO_LIMIT:
        stay = none.copy()
        stay[:nodes] = terms.pods
        _at_least(model, stay, counts, int(stay.sum()) - terms.most_evictions)


def _places(may: Flags) -> Iterator[tuple[Flags, Ints]]:
    """Sets of places with the classes that may run nowhere else."""
    kinds: Flags = np.unique(may, axis=0) if len(may) else may
    sizes = range(1, len(kinds) + 1) if len(kinds) <= MOST_KINDS else (1, 2, len(kinds))
    seen = set()
    for size in sizes:
        for chosen in combinations(range(len(kinds)), size):
            places: Flags = np.asarray(kinds[list(chosen)].any(axis=0), dtype=np.bool_)
            if places.tobytes() not in seen:
                seen.add(places.tobytes())
                yield places, np.flatnonzero(~(may & ~places).any(axis=1)).astype(np.int64)


def _hosts(stock: Stock, may: Flags) -> Iterator[tuple[Flags, int]]:
    """As many hosts as the class needs that needs most of them, for each kind of eligibility."""
    wanted: dict[bytes, int] = {}
    for c in range(len(stock.total)):
        entries = range(stock.starts[c], stock.starts[c + 1])
        most = min((int(stock.most[i]) for i in entries if stock.member[i]), default=NO_LIMIT)
        if most < NO_LIMIT:
            key = may[c].tobytes()
            wanted[key] = max(wanted.get(key, 0), -(-int(stock.total[c]) // max(most, 1)))
    for key, number in wanted.items():
        yield np.frombuffer(key, dtype=np.bool_), number


def _at_least(model: cp_model.CpModel, numbers: Numbers, counts: Counts, least: int) -> None:
    if least > 0:
        model.add(_dot(numbers, counts) >= least)


def _at_most(model: cp_model.CpModel, numbers: Numbers, counts: Counts, most: int) -> None:
    model.add(_dot(numbers, counts) <= most)


def _dot(numbers: Numbers, counts: Counts) -> cp_model.LinearExpr:
    used = [(int(number), count) for number, count in zip(numbers, counts, strict=True) if number]
    return cp_model.LinearExpr.weighted_sum([count for _, count in used], [number for number, _ in used])
