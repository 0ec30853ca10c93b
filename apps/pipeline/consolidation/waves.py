"""The way to a final state: which nodes leave together, and which evictions begin together.

A pod moves once, straight to its place in the final state: kept nodes only fill up, so what fits at the end
fits on the way. A wave takes as many nodes as the budgets let leave at once. What is bought is bought in the
first waves, so that it is there before anybody is sent to it; places are given to pods of a kind, whoever
comes first. Those nodes leave first that save most for an eviction.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .model import Bought, Eviction, FinalState, Layout, NodeBudget, RunningNode, RunningPod, Wave, Way
from .tables import Kind, bound_shapes

Slots = Mapping[Kind, Counter[str]]  # how many pods of a kind each node has a place for


@dataclass(frozen=True, slots=True)
class Leaver:
    """A node on its way out."""

    node: RunningNode
    needs: tuple[tuple[RunningPod, Kind], ...]

    @property
    def urgency(self) -> tuple[float, str]:
        """Those first that save most for an eviction."""
        return -self.node.price / max(len(self.needs), 1), self.node.name


@dataclass(slots=True)
class Progress:
    """How far the way has come. `open` are the places on nodes that are there; `bill` is USD an hour."""

    leavers: list[Leaver]
    to_buy: list[Bought]
    open: Slots
    nodes: int
    bill: float
    in_group: Counter[str]


@dataclass(frozen=True, slots=True)
class Step:
    """What one wave does. `why` says for each other node why it is not in it."""

    chosen: list[Leaver]
    buys: list[Bought]
    evictions: list[Eviction]
    open: Slots
    why: Mapping[str, str]


def order_waves(layout: Layout, final: FinalState) -> Way:
    """Budget-safe waves towards a final state; nodes that none could take are `held`, with the reason."""
    scene = _Scene(layout, final)
    progress, waves = scene.begin(), list[Wave]()
    while progress.leavers:
        step = scene.next(progress, first=not waves)
        if not step.chosen:
            return Way(tuple(waves), step.why)
        waves.append(scene.wave(step))
        gone = {leaver.node.name for leaver in step.chosen}
        progress = Progress(
            leavers=[leaver for leaver in progress.leavers if leaver.node.name not in gone],
            to_buy=progress.to_buy[len(step.buys) :],
            open=step.open,
            nodes=progress.nodes + len(step.buys) - len(gone),
            bill=progress.bill - waves[-1].saving,
            in_group=progress.in_group - Counter(leaver.node.group for leaver in step.chosen),
        )
    return Way(tuple(waves))


def allowed_at_once(budgets: Iterable[NodeBudget], nodes: int) -> int:
    """How many of `nodes` may leave together: of several budgets the smallest, a share rounded up."""
    counts = [nodes, *(b.count for b in budgets if b.count is not None)]
    counts += [math.ceil(nodes * b.pct / 100) for b in budgets if b.pct is not None]
    return min(counts)


class _Scene:
    """A layout and the final state that it is to become."""

    def __init__(self, layout: Layout, final: FinalState) -> None:
        self.layout, self.final = layout, final
        self.price = {offering.key: offering.price for offering in layout.offerings}
        self.zonal = bound_shapes(layout.nodes)

    def kind(self, pod: RunningPod, node: RunningNode) -> Kind:
        return Kind(pod.shape, node.zone if pod.shape in self.zonal else "")

    def begin(self) -> Progress:
        removed, new = set(self.final.removed), {bought.name for bought in self.final.bought}
        leavers = [
            Leaver(node, tuple((pod, self.kind(pod, node)) for pod in node.pods))
            for node in self.layout.nodes
            if node.name in removed
        ]
        slots = self.slots()
        # The nodes that most are sent to come first: more can leave then.
        to_buy = sorted(self.final.bought, key=lambda bought: -slots[bought.name].total())
        nodes = self.layout.nodes
        return Progress(
            leavers=sorted(leavers, key=lambda leaver: leaver.urgency),
            to_buy=to_buy,
            open=_opened({}, {name: kinds for name, kinds in slots.items() if name not in new}),
            nodes=len(nodes),
            bill=sum(node.price for node in nodes),
            in_group=Counter(node.group for node in nodes),
        )

    def slots(self) -> dict[str, Counter[Kind]]:
        """By node, how many pods of each kind the final state sends there."""
        slots: dict[str, Counter[Kind]] = defaultdict(Counter)
        for node in self.layout.nodes:
            for pod in node.pods:
                if place := self.final.moves.get(pod.id):
                    slots[place][self.kind(pod, node)] += 1
        return slots

    def next(self, progress: Progress, *, first: bool) -> Step:
        """The next wave: as many purchases as the budgets let nodes leave, then the nodes that can leave.

        Each bought node stands for one that leaves: with fewer of these, fewer are bought.
        """
        terms = self.layout.terms
        most = allowed_at_once([b for b in terms.at_once if not b.group], progress.nodes)
        most = max(most - (terms.disturbed if first else 0), 0)
        buying = self.affordable(progress, most)
        while True:
            step = self.choose(progress, buying, most)
            if len(step.chosen) >= len(buying):
                return step
            buying = buying[: len(step.chosen)]

    def affordable(self, progress: Progress, most: int) -> list[Bought]:
        """The next purchases, none beyond the cap: both nodes of a replacement run for a while."""
        cap, bill, buying = self.layout.terms.max_price_hourly_usd, progress.bill, list[Bought]()
        for bought in progress.to_buy[:most]:
            bill += self.price[bought.offering]
            if cap is not None and bill > cap:
                break
            buying.append(bought)
        return buying

    def choose(self, progress: Progress, buying: list[Bought], most: int) -> Step:
        """The nodes that can leave once `buying` is there, in their order, until the budgets are used up."""
        slots = self.slots()
        opened = _opened(progress.open, {bought.name: slots[bought.name] for bought in buying})
        chosen, evictions, why = list[Leaver](), list[Eviction](), dict[str, str]()
        leaving: Counter[str] = Counter()
        for leaver in progress.leavers:
            name, group = leaver.node.name, leaver.node.group
            if len(chosen) >= most:
                why[name] = f"The budgets let {most} nodes leave at once."
            elif group and leaving[group] >= self.most_of(group, progress):
                why[name] = f"Group {group} may have {leaving[group]} of its nodes leave at once."
            elif not _has_places(leaver, opened):
                why[name] = "Its pods have no place before other nodes are bought."
            else:
                chosen.append(leaver)
                leaving[group] += 1
                evictions += [Eviction(pod.id, name, _use(opened[kind])) for pod, kind in leaver.needs]
        return Step(chosen, buying, evictions, opened, why)

    def most_of(self, group: str, progress: Progress) -> int:
        budgets = [b for b in self.layout.terms.at_once if b.group == group]
        return allowed_at_once(budgets, progress.in_group[group])

    def wave(self, step: Step) -> Wave:
        budget_of = {pod.id: pod.budget for leaver in step.chosen for pod, _ in leaver.needs}
        dear = sorted(step.chosen, key=lambda leaver: -leaver.node.price)
        news = sorted(step.buys, key=lambda bought: -self.price[bought.offering])
        spent = sum(self.price[bought.offering] for bought in step.buys)
        return Wave(
            removed=tuple(leaver.node.name for leaver in step.chosen),
            buys={leaver.node.name: new for leaver, new in zip(dear, news, strict=False)},
            rounds=_rounds(step.evictions, budget_of, self.layout.budgets),
            saving=sum(leaver.node.price for leaver in step.chosen) - spent,
        )


def _opened(slots: Slots, more: Mapping[str, Counter[Kind]]) -> dict[Kind, Counter[str]]:
    """The places with those of more nodes beside them."""
    opened = defaultdict(Counter, {kind: Counter(places) for kind, places in slots.items()})
    for name, kinds in more.items():
        for kind, count in kinds.items():
            opened[kind][name] += count
    return opened


def _has_places(leaver: Leaver, slots: Slots) -> bool:
    need = Counter(kind for _, kind in leaver.needs)
    return all(kind in slots and slots[kind].total() >= count for kind, count in need.items())


def _use(places: Counter[str]) -> str:
    place = next(name for name, count in places.items() if count > 0)
    places[place] -= 1
    return place


def _rounds(
    evictions: Sequence[Eviction], budget_of: Mapping[str, str], budgets: Mapping[str, int]
) -> tuple[tuple[Eviction, ...], ...]:
    """No budget gives more in a round than it allows; a pod without one goes in the first."""
    rounds: dict[int, list[Eviction]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for eviction in evictions:
        budget = budget_of[eviction.pod]
        turn = seen[budget] // budgets[budget] if budget else 0
        seen[budget] += 1
        rounds[turn].append(eviction)
    return tuple(tuple(rounds[turn]) for turn in sorted(rounds))
