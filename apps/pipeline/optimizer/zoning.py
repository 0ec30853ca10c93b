"""Which zone each pod goes to where a zone rule has a say: one pod after another, as a scheduler would.

Every step keeps every rule, so the counts at the end keep them too. Pods whose class no zone rule touches
stay free of a zone. Nodes that run anyway are used first: they cost nothing, and a zone in which nothing can
be bought has only them.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.lots import Lot
from apps.pipeline.optimizer.model import Exclusion, RuleKind
from apps.pipeline.optimizer.rules import ZoneRule
from apps.pipeline.optimizer.seating import Seats

Floats = NDArray[np.float64]

BECAUSE = {
    RuleKind.SPREAD: Exclusion.SPREAD,
    RuleKind.TOGETHER: Exclusion.TOGETHER,
    RuleKind.APART: Exclusion.APART,
}


@dataclass(slots=True)
class Zoned:
    """Lots with their numbers, those already seated on existing nodes by row, and who found no zone."""

    demand: Counter[Lot] = field(default_factory=Counter)
    seated: dict[tuple[int, Lot], int] = field(default_factory=dict)
    unplaced: Counter[tuple[int, Exclusion]] = field(default_factory=Counter)


@dataclass(slots=True)
class Targets:
    """How many pods of each sort had better go to each zone: `left[z, s]` still; `of` class its sort."""

    of: NDArray[np.int64]
    left: Floats

    def start_of(self, rule: ZoneRule, counts: NDArray[np.int64], open_: NDArray[np.bool_]) -> int | None:
        """The zone of `open_` that lacks the carriers of a TOGETHER most; takes them off what is left."""
        if not open_.any():
            return None
        sorts, pods = self.of[rule.carriers], counts[rule.carriers]
        zone = int(np.where(open_, np.minimum(self.left[:, sorts], pods).sum(axis=1), -np.inf).argmax())
        np.subtract.at(self.left[zone], sorts, pods)
        return zone


@dataclass(slots=True)
class _Standing:
    """Where one rule's group stands by now; `begun` are the zones that a TOGETHER may use."""

    rule: ZoneRule
    counts: list[int]
    carriers: list[int]
    begun: set[int]
    starts: int | None = None

    def allows(self, zone: int, *, carries: bool, member: bool) -> bool:
        if self.rule.kind is RuleKind.SPREAD:
            if not carries and not self.carriers[zone]:
                return True
            if not self.rule.domains[zone]:
                return False
            least = min(count for count, inside in zip(self.counts, self.rule.domains, strict=True) if inside)
            return self.counts[zone] + member <= least + self.rule.skew
        if self.rule.kind is RuleKind.APART:
            if carries and self.counts[zone]:
                return False
            return not (member and self.carriers[zone])
        if not carries or zone in self.begun:
            return True
        return not any(self.counts) and member and self.starts in (None, zone)

    def note(self, zone: int, *, carries: bool, member: bool) -> None:
        self.counts[zone] += member
        self.carriers[zone] += carries
        if member and (not carries or (self.rule.kind is RuleKind.TOGETHER and not self.begun)):
            self.begun.add(zone)


class Zoning:
    """Gives pods zones one by one; see `zoned`."""

    def __init__(
        self,
        arrays: Arrays,
        counts: NDArray[np.int64],
        ceiling: Floats,
        seats: Seats,
        targets: Targets | None,
    ) -> None:
        self._arrays = arrays
        self._seats = seats
        self._ceiling = ceiling
        self._standing = [
            _Standing(
                rule,
                rule.existing.tolist(),
                [0] * len(arrays.zones),
                set(np.flatnonzero(rule.existing).tolist()),
                _start(rule, counts, ceiling, targets),
            )
            for rule in arrays.zone_rules
        ]
        self._touching: list[list[tuple[int, bool, bool]]] = [[] for _ in arrays.classes.shapes]
        for index, rule in enumerate(arrays.zone_rules):
            carriers, members = set(rule.carriers.tolist()), set(rule.members.tolist())
            for class_ in carriers | members:
                self._touching[class_].append((index, class_ in carriers, class_ in members))
        offered = arrays.offered
        self._buyable = np.zeros((len(arrays.classes.shapes), len(arrays.zones)), dtype=np.bool_)
        for zone in range(len(arrays.zones)):
            here = arrays.bins.zone[:offered] == zone
            self._buyable[:, zone] = (arrays.bins.limit[:, :offered][:, here] > 0).any(axis=1)

    def touched(self, class_: int) -> bool:
        return bool(self._touching[class_])

    def only_touched_once(self, class_: int) -> bool:
        return len(self._touching[class_]) == 1

    def carrying(self) -> NDArray[np.bool_]:
        """By class, whether it carries a zone rule."""
        return np.array([any(carries for _, carries, _ in touching) for touching in self._touching])

    def place(self, class_: int, number: int, into: Zoned) -> None:
        """Give zones to `number` pods of a class that some zone rule touches."""
        preferred = np.argsort(self._ceiling[:, class_], kind="stable").tolist()
        for done in range(number):
            zone, row = self._choose(class_, preferred)
            if zone is None:
                into.unplaced[class_, self._reason(class_)] += number - done
                return
            self.note(class_, zone)
            lot = Lot(((class_, 1),), zone)
            if row is None:
                into.demand[lot] += 1
            else:
                into.seated[row, lot] = into.seated.get((row, lot), 0) + 1

    def place_group(
        self, classes: NDArray[np.int64], left: NDArray[np.int64], targets: Targets, into: Zoned
    ) -> None:
        """Zones for the pods of a spread group, the emptiest zone next, to the class that it lacks most.

        Takes off `left` whom it placed; whoever finds no zone stays for `place`.
        """
        if len(classes) < 2:
            return
        sorts = targets.of[classes]
        counts = self._standing[self._touching[classes[0]][0][0]].counts
        while left[classes].any():
            for zone in sorted(range(len(counts)), key=counts.__getitem__):
                open_ = (left[classes] > 0) & self._buyable[classes, zone]
                open_ &= np.array([self.allowed(int(class_), zone) for class_ in classes[:1]])
                if open_.any():
                    break
            else:
                return
            at = int(np.where(open_, targets.left[zone, sorts], -np.inf).argmax())
            class_ = int(classes[at])
            targets.left[zone, sorts[at]] -= 1
            row = self._seats.take(class_, zone)
            self.note(class_, zone)
            left[class_] -= 1
            lot = Lot(((class_, 1),), zone)
            if row is None:
                into.demand[lot] += 1
            else:
                into.seated[row, lot] = into.seated.get((row, lot), 0) + 1

    def allowed(self, class_: int, zone: int) -> bool:
        return all(
            self._standing[index].allows(zone, carries=carries, member=member)
            for index, carries, member in self._touching[class_]
        )

    def note(self, class_: int, zone: int) -> None:
        for index, carries, member in self._touching[class_]:
            self._standing[index].note(zone, carries=carries, member=member)

    def _choose(self, class_: int, preferred: list[int]) -> tuple[int | None, int | None]:
        allowed = [zone for zone in preferred if self.allowed(class_, zone)]
        for zone in allowed:
            row = self._seats.take(class_, zone)
            if row is not None:
                return zone, row
        lowest = self._lowest(class_, [zone for zone in allowed if self._buyable[class_, zone]])
        return lowest, None

    def _lowest(self, class_: int, zones: list[int]) -> int | None:
        """The emptiest of the zones for a spread, so that it can go on; else the cheapest."""
        spreads = [
            self._standing[index].counts
            for index, _, _ in self._touching[class_]
            if self._standing[index].rule.kind is RuleKind.SPREAD
        ]
        return min(zones, key=lambda zone: sum(counts[zone] for counts in spreads), default=None)

    def _reason(self, class_: int) -> Exclusion:
        """The first rule that alone leaves no zone; no room where the rules together leave one."""
        zones = np.flatnonzero(self._arrays.reachable[class_]).tolist()
        buyable = (self._arrays.bins.limit[class_, : self._arrays.offered] > 0).any()
        if not buyable and any(self.allowed(class_, zone) for zone in zones):
            return Exclusion.TOO_LARGE
        for index, carries, member in self._touching[class_]:
            standing = self._standing[index]
            if not any(standing.allows(zone, carries=carries, member=member) for zone in zones):
                return BECAUSE[standing.rule.kind]
        own = [index for index, carries, _ in self._touching[class_] if carries]
        first = own[0] if own else self._touching[class_][0][0]
        return BECAUSE[self._standing[first].rule.kind]


def _start(rule: ZoneRule, counts: NDArray[np.int64], ceiling: Floats, targets: Targets | None) -> int | None:
    """Where a group that runs nowhere yet begins: all its carriers can go there, as targeted or for least."""
    if rule.kind is not RuleKind.TOGETHER or rule.existing.any():
        return None
    carriers = rule.carriers[counts[rule.carriers] > 0]
    worth = ceiling[:, carriers] @ counts[carriers]
    if targets is not None:
        return targets.start_of(rule, counts, np.isfinite(worth))
    return int(np.argmin(worth)) if np.isfinite(worth).any() else None
