"""Pods that must stand on one node with others: they travel as one lot, or go to where the others run."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.lots import ANY_ZONE, Lot
from apps.pipeline.optimizer.model import HOST_LABEL, Exclusion, RuleKind
from apps.pipeline.optimizer.seating import Seats
from apps.pipeline.optimizer.zoning import Zoned, Zoning

Ints = NDArray[np.int64]


def bundle(arrays: Arrays, left: Ints, zoning: Zoning, seats: Seats, into: Zoned) -> None:
    """Place every pod that carries a TOGETHER over hosts; takes them off `left`.

    A group that runs nowhere yet begins on one node, which holds as many of its carriers as fit at all.
    """
    carriers: dict[str, list[int]] = {}
    for class_, shape in enumerate(arrays.classes.shapes):
        for rule in shape.rules:
            if rule.domain == HOST_LABEL and rule.kind is RuleKind.TOGETHER:
                carriers.setdefault(rule.group, []).append(class_)
    for group, classes in sorted(carriers.items()):
        rows = [row for row, node in enumerate(arrays.problem.nodes) if node.members.get(group)]
        if rows or arrays.problem.placed.get(group):
            for class_ in classes:
                _seat(arrays, class_, rows, left, zoning, seats, into)
        else:
            _begin(arrays, group, classes, left, zoning, into)
        for class_ in classes:
            if left[class_]:
                into.unplaced[class_, Exclusion.TOGETHER] += int(left[class_])
                left[class_] = 0


def _seat(
    arrays: Arrays, class_: int, rows: list[int], left: Ints, zoning: Zoning, seats: Seats, into: Zoned
) -> None:
    while left[class_]:
        for row in rows:
            zone = int(arrays.bins.zone[arrays.offered + row])
            if zoning.allowed(class_, zone) and seats.sit_on(class_, row):
                zoning.note(class_, zone)
                into.seated[row, Lot(((class_, 1),), zone)] = (
                    into.seated.get((row, Lot(((class_, 1),), zone)), 0) + 1
                )
                left[class_] -= 1
                break
        else:
            return


def _begin(arrays: Arrays, group: str, classes: list[int], left: Ints, zoning: Zoning, into: Zoned) -> None:
    shapes = arrays.classes.shapes
    members = [class_ for class_, shape in enumerate(shapes) if group in shape.member_of and left[class_]]
    own = [class_ for class_ in classes if class_ in members]
    anchor = own or members
    if not anchor:
        return
    # An anchor that does not carry the rule comes along once, so that its followers have company.
    wanted = [(class_, int(left[class_])) for class_ in own] if own else [(anchor[0], 1)]
    wanted += [(class_, int(left[class_])) for class_ in classes if class_ not in own]
    touched = any(zoning.touched(class_) for class_, _ in wanted)
    best: tuple[Counter[int], int] = (Counter(), ANY_ZONE)
    for zone in range(len(arrays.zones)) if touched else [ANY_ZONE]:
        found = _largest(arrays, wanted, zone, zoning)
        if found.total() > best[0].total():
            best = (found, zone)
    content, zone = best
    if content:
        into.demand[Lot(tuple(sorted(content.items())), zone)] += 1
        for class_, number in content.items():
            left[class_] -= number
            for _ in range(number if zone != ANY_ZONE else 0):
                zoning.note(class_, zone)


def _largest(arrays: Arrays, wanted: list[tuple[int, int]], zone: int, zoning: Zoning) -> Counter[int]:
    """As many of the pods wanted as one node of the zone can hold together."""
    bins = arrays.bins
    content: Counter[int] = Counter()
    load = np.zeros(arrays.requests.shape[1])
    holding = np.ones(len(bins.cost), dtype=np.bool_)
    if zone != ANY_ZONE:
        holding &= bins.zone == zone
    for class_, number in wanted:
        for _ in range(number):
            more = load + arrays.requests[class_]
            still = holding & (bins.limit[class_] > content[class_]) & (bins.capacity >= more).all(axis=1)
            alone = zone == ANY_ZONE or (not zoning.touched(class_)) or zoning.allowed(class_, zone)
            if not still.any() or not alone or not _agree(arrays, content, class_):
                break
            content[class_] += 1
            load, holding = more, still
    return content


def _agree(arrays: Arrays, content: Counter[int], class_: int) -> bool:
    """Whether the rules on one node of all in `content` and one more of the class go together."""
    shapes = arrays.classes.shapes
    after = content + Counter([class_])
    members: Counter[str] = Counter()
    for other, number in after.items():
        for group in shapes[other].member_of:
            members[group] += number
    for other in after:
        for rule in shapes[other].rules:
            if rule.domain != HOST_LABEL or rule.kind is RuleKind.TOGETHER:
                continue
            own = rule.group in shapes[other].member_of
            if rule.kind is RuleKind.APART and members[rule.group] > own:
                return False
            if rule.kind is RuleKind.SPREAD and members[rule.group] > rule.skew:
                return False
    return True
