"""Lots: what the packing moves about. Pods of one class in one zone, or a few pods that must share a node."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
ANY_ZONE = -1


@dataclass(frozen=True, slots=True)
class Lot:
    """One unit holds these pods, as pairs of class and number; `zone` is an index or ANY_ZONE."""

    content: tuple[tuple[int, int], ...]
    zone: int

    @property
    def plain(self) -> bool:
        """Whether a unit is a single pod."""
        return len(self.content) == 1 and self.content[0][1] == 1


@dataclass(frozen=True, slots=True)
class LotArrays:
    """Lots in the form that the compiled parts take: see packing."""

    lots: list[Lot]
    requests: Floats
    value: Floats
    admitted: Flags
    ruled: Flags
    rules: tuple[Ints, ...]

    @property
    def packed(self) -> tuple[Floats, Floats, Flags, Flags]:
        return self.requests, self.value, self.admitted, self.ruled


def lot_arrays(arrays: Arrays, lots: list[Lot], value: Floats) -> LotArrays:
    """`value` is by zone and class; a lot that may go anywhere is worth its least."""
    requests = np.zeros((len(lots), arrays.requests.shape[1]))
    worth = np.zeros(len(lots))
    admitted = np.zeros((len(arrays.bins.cost), len(lots)), dtype=np.bool_)
    bins = arrays.bins
    classes = np.array([lot.content[0][0] for lot in lots], dtype=np.int64)
    zones = np.array([lot.zone for lot in lots], dtype=np.int64)
    admitted[:] = (bins.limit[classes] > 0).T
    admitted &= (zones[None, :] == ANY_ZONE) | (bins.zone[:, None] == zones[None, :])
    requests[:] = arrays.requests[classes]
    least = value.min(axis=0)
    worth[:] = np.where(zones == ANY_ZONE, least[classes], value[zones, classes])
    for index, lot in enumerate(lots):
        if not lot.plain:
            requests[index] = sum(arrays.requests[class_] * number for class_, number in lot.content)
            admitted[:, index] &= (bins.capacity >= requests[index]).all(axis=1)
            for class_, _ in lot.content[1:]:
                admitted[:, index] &= bins.limit[class_] > 0
            by_class = least if lot.zone == ANY_ZONE else value[lot.zone]
            worth[index] = sum(by_class[class_] * number for class_, number in lot.content)
    rules = _rules(arrays, lots)
    ruled = (np.diff(rules[0]) > 0) | (np.diff(rules[3]) > 0) | (np.diff(rules[5]) > 0)
    return LotArrays(lots, requests, np.maximum(worth, 1e-9), admitted, ruled, rules)


def _rules(arrays: Arrays, lots: list[Lot]) -> tuple[Ints, ...]:
    """Member, apart and spread lists of the lots, end to end, as packing reads them."""
    by_class = arrays.host_rules
    members: list[dict[int, int]] = []
    apart: list[list[int]] = []
    spread: list[dict[int, int]] = []
    for lot in lots:
        weights: dict[int, int] = {}
        away: set[int] = set()
        limits: dict[int, int] = {}
        for class_, number in lot.content:
            for group in by_class.member_of.of(class_):
                weights[group] = weights.get(group, 0) + number
            away.update(by_class.apart_from.of(class_))
            for group, limit in zip(
                by_class.spread_over.of(class_), by_class.spread_limit.of(class_), strict=True
            ):
                limits[group] = min(limit, limits.get(group, limit))
        members.append(weights)
        apart.append(sorted(away))
        spread.append(limits)
    return (
        _starts(members),
        _flat([list(row) for row in members]),
        _flat([list(row.values()) for row in members]),
        _starts(apart),
        _flat(apart),
        _starts(spread),
        _flat([list(row) for row in spread]),
        _flat([list(row.values()) for row in spread]),
    )


def _starts(rows: list[dict[int, int]] | list[list[int]]) -> Ints:
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    return starts


def _flat(rows: list[list[int]]) -> Ints:
    return np.array([value for row in rows for value in row], dtype=np.int64)
