"""Every way to share a few pods out over the zones that the rules on zones allow."""

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.model import ZONE_LABEL, RuleKind
from apps.pipeline.optimizer.rules import ZoneRule

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_ALLOTMENTS = 20_000


def allotments(arrays: Arrays, counts: Ints, active: Sequence[int]) -> Ints | None:
    """By allotment, active class and zone, how many pods stand there; None where there are too many ways."""
    ways = []
    number = 1
    for class_ in active:
        zones = np.flatnonzero(arrays.reachable[class_]).tolist()
        number *= _ways(int(counts[class_]), len(zones))
        if number > MOST_ALLOTMENTS:
            return None
        ways.append(_shared_out(int(counts[class_]), zones, len(arrays.zones)))
    every = np.array(list(product(*ways)), dtype=np.int64).reshape(-1, len(active), len(arrays.zones))
    allowed = np.ones(len(every), dtype=np.bool_)
    for rule in arrays.zone_rules:
        allowed &= _kept(arrays, rule, active, every)
    return every[allowed]


def _ways(pods: int, zones: int) -> int:
    ways = 1
    for zone in range(1, zones):
        ways = ways * (pods + zone) // zone
    return ways if zones else 0


def _shared_out(pods: int, zones: list[int], of: int) -> list[Ints]:
    if not zones:
        return []
    found = []
    # Stars and bars: the bars stand between the zones.
    for bars in combinations(range(pods + len(zones) - 1), len(zones) - 1):
        row = np.zeros(of, dtype=np.int64)
        row[zones] = np.diff([-1, *bars, pods + len(zones) - 1]) - 1
        found.append(row)
    return found


def _kept(arrays: Arrays, rule: ZoneRule, active: Sequence[int], every: Ints) -> Flags:
    """Which allotments keep the rule in every zone that receives one of its carriers."""
    shapes = [arrays.classes.shapes[class_] for class_ in active]
    member = np.array([rule.group in shape.member_of for shape in shapes], dtype=np.bool_)
    skews = [
        [r.skew for r in shape.rules if (r.kind, r.group, r.domain) == (rule.kind, rule.group, ZONE_LABEL)]
        for shape in shapes
    ]
    new = every[:, member].sum(axis=1)
    here = new + rule.existing
    kept = np.ones(len(every), dtype=np.bool_)
    if rule.kind is RuleKind.TOGETHER:
        carrying = np.array([bool(skew) for skew in skews], dtype=np.bool_)
        running = rule.existing > 0
        open_ = running | (every[:, member & ~carrying].sum(axis=1) > 0)
        begun = (new > 0) & ~open_
        if not running.any():
            open_ |= begun & (begun.sum(axis=1) == 1)[:, None]
        return np.asarray((open_ | (every[:, carrying].sum(axis=1) == 0)).all(axis=1))
    least = here[:, rule.domains].min(axis=1) if rule.domains.any() else np.zeros(len(every), dtype=np.int64)
    for at, asked in enumerate(skews):
        for skew in asked:
            broken = (
                here - least[:, None] > skew if rule.kind is RuleKind.SPREAD else here - int(member[at]) > 0
            )
            kept &= ~(broken & (every[:, at] > 0)).any(axis=1)
    return kept
