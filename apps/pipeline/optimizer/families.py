"""Spread rules over zones, for the relaxations: those of one class alone, and families of the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.model import RuleKind
from apps.pipeline.optimizer.spreading import balanced, boxes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FREE, RIGID = -1, -2


@dataclass(frozen=True, slots=True)
class Family:
    """Rules that allow the same in the same zones, and the least and most pods of all of them by zone."""

    rules: list[int]
    least: Ints
    most: Ints


@dataclass(frozen=True, slots=True)
class Families:
    """`of` class: FREE of any such rule, RIGID where the rule counts no other class, or a family's number.

    `shares[z, c]` are the pods of a rigid class by zone, as level as can be.
    """

    of: Ints
    shares: Floats
    families: list[Family]


def families_of(arrays: Arrays, counts: Ints) -> Families:
    """The families of the spread rules that the bound may lean on."""
    of = np.full(len(counts), FREE, dtype=np.int64)
    shares = np.zeros((len(arrays.zones), len(counts)))
    numbers: dict[tuple[bytes, bytes, int], int] = {}
    families: list[Family] = []
    for index, rule in enumerate(arrays.zone_rules):
        counted = rule.counted[counts[rule.counted] > 0]
        if rule.kind is not RuleKind.SPREAD or not rule.usable or not len(counted):
            continue
        if len(counted) == 1:
            of[counted] = RIGID
            shares[:, counted[0]] = balanced(rule, int(counts[counted[0]]))
            continue
        number = numbers.setdefault(
            (rule.existing.tobytes(), rule.domains.tobytes(), rule.largest_skew), len(families)
        )
        if number == len(families):
            families.append(
                Family([], np.zeros(len(arrays.zones), np.int64), np.zeros(len(arrays.zones), np.int64))
            )
        family = families[number]
        family.rules.append(index)
        allowed = list(boxes(rule, int(counts[counted].sum())))
        if allowed:
            family.least[:] += np.min([low for low, _ in allowed], axis=0)
            family.most[:] += np.max([high for _, high in allowed], axis=0)
        of[counted] = number
    return Families(of, shares, families)
