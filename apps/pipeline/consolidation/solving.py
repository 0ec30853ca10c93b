"""The final state: which nodes to keep, remove and buy so that every pod fits, as cheaply as time allows."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..optimizer.model import SPOT, Offering, Shape
from .annealing import anneal, cost_of
from .fluid import pour
from .model import Bought, FinalState, Layout, RunningNode, RunningPod
from .packing import Flags, Ints, fits
from .staying import with_stays
from .tables import Kind, Tables, bound_shapes, tables_of

# A final state buys no more nodes than this: a cluster is not bought anew.
MOST_BOUGHT = 40
# How much of the demand is left to spare when looking for a first set that really packs.
SPARES = (0.03, 0.1, 0.2, 0.35)
SHARE_OF_BOUND, SHARE_OF_START = 0.15, 0.1
STEPS_BETWEEN_LOOKS = 1000
# From a few nodes' price to a hundredth of one: what a step may cost at first, and at last.
HOT, COLD = 0.1, 0.003


@dataclass(slots=True)
class Search:
    """A set of nodes that packs: flags of kept ones, targets of bought ones and how many of these count."""

    kept: Flags
    bought: Ints
    count: int
    method: str


def solve(
    layout: Layout, *, deadline_seconds: float, started: float | None = None, seed: int = 1
) -> FinalState:
    """The best final state found before the deadline; at the least the layout as it is.

    `started` is a reading of time.monotonic from which the deadline counts. Kept nodes keep their pods.
    """
    begin = time.monotonic() if started is None else started
    end = begin + deadline_seconds
    layout = with_stays(layout)
    tables = tables_of(layout)
    before = sum(node.price for node in layout.nodes)
    if tables.terms.fixed.all():
        return FinalState((), (), {}, before, before, before, time.monotonic() - begin, "nothing can leave")
    bound = pour(
        tables.terms,
        tables.stock,
        tables.admitted,
        spare=0.0,
        hosts=False,
        slots=len(layout.nodes),
        seconds=SHARE_OF_BOUND * deadline_seconds,
    ).bound
    search = _start(tables, SHARE_OF_START * deadline_seconds, end)
    _improve(tables, search, seed, end)
    return _answer(layout, tables, search, before, bound, time.monotonic() - begin)


def warm_up() -> None:
    """Have the compiled parts compiled; a worker does so before its first request."""
    pod = RunningPod("pod", Shape((1,)))
    nodes = [RunningNode(f"node-{number}", "a", SPOT, 1.0, (2,), (pod,)) for number in range(2)]
    tables = tables_of(Layout(("cpu",), nodes, [Offering(0, "small", "a", SPOT, 0.5, 0.5, (1,))]))
    search = _as_it_is(tables)
    _anneal(tables, search, Walk.of(search, tables), seed=0, heat=1.0)


def _as_it_is(tables: Tables) -> Search:
    nodes = len(tables.nodes)
    return Search(np.ones(nodes, dtype=np.bool_), np.zeros(MOST_BOUGHT, dtype=np.int64), 0, "as it is")


def _start(tables: Tables, seconds: float, end: float) -> Search:
    """The cheapest poured set that packs, with more and more to spare; else everything as it is."""
    search = _as_it_is(tables)
    for spare in SPARES:
        left = min(seconds, end - time.monotonic())
        if left <= 0:
            break
        poured = pour(
            tables.terms,
            tables.stock,
            tables.stock.may,
            spare=spare,
            hosts=True,
            slots=MOST_BOUGHT,
            seconds=left,
        )
        if poured.kept is None:
            break
        bought = search.bought.copy()
        bought[: len(poured.bought)] = poured.bought
        if fits(poured.kept, bought, len(poured.bought), tables.stock, _room(tables)):
            return Search(poured.kept, bought, len(poured.bought), f"poured with {spare:.0%} to spare")
    return search


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the annealing stands; `counts`: nodes bought there, and in the best set seen."""

    kept: Flags
    bought: Ints
    counts: Ints
    placed: Ints

    @classmethod
    def of(cls, search: Search, tables: Tables) -> "Walk":
        counts = np.array([search.count, search.count], dtype=np.int64)
        return cls(search.kept.copy(), search.bought.copy(), counts, _room(tables))


def _improve(tables: Tables, search: Search, seed: int, end: float) -> None:
    """Anneal until the deadline; the best set seen replaces the start."""
    typical = float(np.median(tables.terms.price[: len(tables.nodes)]))
    walk, first = Walk.of(search, tables), _cost(tables, search)
    for turn in _turns(time.monotonic(), end):
        _anneal(tables, search, walk, seed + turn.number, typical * HOT * (COLD / HOT) ** turn.share)
    if _cost(tables, search) < first:
        search.method = f"{search.method}, annealed"


def _anneal(tables: Tables, search: Search, walk: Walk, seed: int, heat: float) -> None:
    anneal(
        seed,
        STEPS_BETWEEN_LOOKS,
        heat,
        walk.kept,
        walk.bought,
        search.kept,
        search.bought,
        walk.counts,
        tables.terms,
        tables.stock,
        walk.placed,
    )
    search.count = int(walk.counts[1])


def _cost(tables: Tables, search: Search) -> float:
    return float(cost_of(search.kept, search.bought, search.count, tables.terms))


@dataclass(frozen=True, slots=True)
class Turn:
    number: int
    share: float  # of the time, 0 at first


def _turns(begin: float, end: float) -> Iterator[Turn]:
    """One after another while there is time, none that would end late by what the longest took."""
    number, longest, now = 0, 0.0, time.monotonic()
    while now + longest < end:
        yield Turn(number, (now - begin) / max(end - begin, 1e-9))
        number, then, now = number + 1, now, time.monotonic()
        longest = max(longest if number > 1 else 0.0, now - then)


def _room(tables: Tables) -> Ints:
    return np.zeros((len(tables.nodes) + MOST_BOUGHT, len(tables.kinds)), dtype=np.int64)


def _answer(
    layout: Layout, tables: Tables, search: Search, before: float, bound: float, seconds: float
) -> FinalState:
    placed = _room(tables)
    fits(search.kept, search.bought, search.count, tables.stock, placed)
    nodes = len(tables.nodes)
    bought = tuple(
        Bought(f"new-{number}", tables.offerings[target - nodes].key)
        for number, target in enumerate(search.bought[: search.count])
    )
    names = [n.name for n, kept in zip(tables.nodes, search.kept, strict=True) if kept and n.takes_pods]
    targets = names + [new.name for new in bought]
    removed = tuple(n.name for n, kept in zip(tables.nodes, search.kept, strict=True) if not kept)
    price = {offering.key: offering.price for offering in tables.offerings}
    cost = sum(node.price for node in tables.nodes if node.name not in set(removed))
    return FinalState(
        removed=removed,
        bought=bought,
        moves=_moves(layout, tables, set(removed), targets, placed),
        cost_before=before,
        cost=cost + sum(price[new.offering] for new in bought),
        bound=bound,
        seconds=seconds,
        method=search.method,
    )


def _moves(
    layout: Layout, tables: Tables, removed: set[str], targets: list[str], placed: Ints
) -> dict[str, str]:
    """Each pod that leaves gets one of the places of its kind; what is over is spare room."""
    bound = bound_shapes(layout.nodes)
    leaving: dict[Kind, list[RunningPod]] = defaultdict(list)
    for node in layout.nodes:
        if node.name in removed:
            for pod in node.pods:
                leaving[Kind(pod.shape, node.zone if pod.shape in bound else "")].append(pod)
    at = {kind: index for index, kind in enumerate(tables.kinds)}
    moves: dict[str, str] = {}
    for kind, pods in leaving.items():
        places = Counter({name: int(placed[row, at[kind]]) for row, name in enumerate(targets)})
        moves |= {pod.id: name for pod, name in zip(pods, places.elements(), strict=False)}
    return moves
