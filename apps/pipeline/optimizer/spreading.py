"""How a rule lets its pods stand over the zones: the counts allowed, and the balanced ones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.model import RuleKind
from apps.pipeline.optimizer.rules import ZoneRule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def boxes(rule: ZoneRule, number: int) -> Iterator[tuple[Ints, Ints]]:
    """For a SPREAD rule, the least and the most new pods by zone, for each lowest level that is possible."""
    existing, domains = rule.existing, rule.domains
    if not domains.any():
        return
    lowest = int(existing[domains].min())
    for level in range(lowest, lowest + number + 1):
        least = np.where(domains, np.maximum(0, level - existing), 0)
        most = np.where(domains, np.maximum(0, level + rule.largest_skew - existing), 0)
        if least.sum() > number:
            return
        if most.sum() >= number:
            yield least, most


def least_of(rule: ZoneRule, number: int, duals: Floats) -> float:
    """M of the certificate: the least that `number` pods sum up to at `duals` by zone."""
    if not number:
        return 0.0
    if rule.kind is RuleKind.TOGETHER:
        runs = rule.existing > 0
        return number * float(duals[runs].min() if runs.any() else duals.min())
    if rule.kind is RuleKind.APART:
        free = np.sort(duals[rule.existing == 0])
        return float(free[:number].sum()) if len(free) >= number else 0.0
    order = np.argsort(duals, kind="stable")
    sums = []
    for least, most in boxes(rule, number):
        rest = number - int(least.sum())
        total = float((least * duals).sum())
        for zone in order:
            taken = min(rest, int(most[zone] - least[zone]))
            total += taken * duals[zone]
            rest -= taken
        sums.append(total)
    return min(sums, default=0.0)


def balanced(rule: ZoneRule, number: int) -> Floats:
    """New pods by zone that level the zones out as well as they can, in fractions."""
    filled = np.zeros(len(rule.existing))
    domains = np.flatnonzero(rule.domains)
    if not len(domains):
        return filled
    heights = np.sort(rule.existing[domains].astype(float))
    rest = float(number)
    level = heights[0]
    for count in range(1, len(heights) + 1):
        until = heights[count] if count < len(heights) else np.inf
        step = min(rest / count, until - level)
        level += step
        rest -= step * count
        if rest <= 0:
            break
    filled[domains] = np.maximum(0.0, level - rule.existing[domains])
    return filled
