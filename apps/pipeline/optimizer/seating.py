"""Room on the nodes that run anyway, taken pod by pod where a zone rule decides before the packing does."""

import numpy as np

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.model import HOST_LABEL, RuleKind, Shape


class Seats:
    """What the existing nodes have left, and who was put there."""

    def __init__(self, arrays: Arrays) -> None:
        offered, bins = arrays.offered, arrays.bins
        self._requests = arrays.requests
        self._shapes = arrays.classes.shapes
        self._limit = bins.limit[:, offered:]
        self._zone = bins.zone[offered:]
        self._nodes = arrays.problem.nodes
        self.rest = bins.capacity[offered:].copy()
        self._members = [dict(node.members) for node in self._nodes]
        self._apart = [set(node.apart) for node in self._nodes]
        self._limits: list[dict[str, int]] = [{} for _ in self._nodes]

    def take(self, class_: int, zone: int) -> int | None:
        """A seat for one pod in `zone`: the fullest node that holds it, or None."""
        if not len(self.rest):
            return None
        fits = (self._limit[class_] > 0) & (self._zone == zone)
        fits &= (self.rest >= self._requests[class_]).all(axis=1)
        rows = np.flatnonzero(fits)
        order: list[int] = rows[np.argsort(self.rest[rows, 0], kind="stable")].tolist()
        for row in order:
            if self._stands_with(self._shapes[class_], row):
                self._sit(class_, row)
                return row
        return None

    def sit_on(self, class_: int, row: int) -> bool:
        """Whether one pod found a seat on that very node."""
        fits = bool(self._limit[class_, row] > 0 and (self.rest[row] >= self._requests[class_]).all())
        if fits and self._stands_with(self._shapes[class_], row):
            self._sit(class_, row)
            return True
        return False

    def _stands_with(self, shape: Shape, row: int) -> bool:
        members, apart, limits = self._members[row], self._apart[row], self._limits[row]
        if shape.member_of & apart:
            return False
        if any(members.get(group, 0) >= limits.get(group, 1 << 40) for group in shape.member_of):
            return False
        for rule in shape.rules:
            if rule.domain != HOST_LABEL:
                continue
            there, own = members.get(rule.group, 0), rule.group in shape.member_of
            if rule.kind is RuleKind.APART and there:
                return False
            if rule.kind is RuleKind.SPREAD and there + own > rule.skew:
                return False
        return True

    def _sit(self, class_: int, row: int) -> None:
        shape = self._shapes[class_]
        self.rest[row] -= self._requests[class_]
        for group in shape.member_of:
            self._members[row][group] = self._members[row].get(group, 0) + 1
        for rule in shape.rules:
            if rule.domain == HOST_LABEL and rule.kind is RuleKind.APART:
                self._apart[row].add(rule.group)
            if rule.domain == HOST_LABEL and rule.kind is RuleKind.SPREAD:
                limits = self._limits[row]
                limits[rule.group] = min(rule.skew, limits.get(rule.group, rule.skew))
