"""Every way to share pods out over zones that their rules on zones allow."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from math import comb, prod

import numpy as np
import numpy.typing as npt

from apps.pipeline.optimizer.model import ExistingNode, Offering, Problem, Rule, RuleKind
from apps.pipeline.verification.classes import Class
from apps.pipeline.verification.domains import spread_zones
from apps.pipeline.verification.eligibility import admits

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOST_ALLOTMENTS = 40_000


def allotments(problem: Problem, classes: Sequence[Class], zones: Sequence[str]) -> Numbers | None:
    """By allotment, class and zone, how many pods stand there; None where there are too many to look at."""
    admitting = [_admitting(problem, each, zones) for each in classes]
    most = [
        comb(each.placed + len(open_) - 1, each.placed) if open_ else 0
        for each, open_ in zip(classes, admitting, strict=True)
    ]
    if prod(most) > MOST_ALLOTMENTS:
        return None
    ways = [
        list(_ways(each.placed, open_, len(zones))) for each, open_ in zip(classes, admitting, strict=True)
    ]
    shared = np.array(list(product(*ways)), int).reshape(-1, len(classes), len(zones))
    spread_over = spread_zones(problem)
    for each in range(len(classes)):
        for rule in classes[each].zone_rules():
            domains = [zone in spread_over.get(rule.group, ()) for zone in zones]
            fine = _fine(rule, classes, shared, _running(problem, rule.group, zones), domains)
            carried = shared[:, each] > 0
            shared = shared[(fine[:, each] | ~carried).all(axis=1)]
    return shared


def _admitting(problem: Problem, each: Class, zones: Sequence[str]) -> list[int]:
    places: list[Offering | ExistingNode] = [*problem.offerings, *problem.nodes]
    open_ = {place.zone for place in places if admits(each.shape.where, place.labels, place.taints)}
    return [index for index, zone in enumerate(zones) if zone in open_]


def _ways(pods: int, open_: Sequence[int], zones: int) -> Iterator[list[int]]:
    """Share `pods` out over the zones in `open_`."""
    if not open_:
        return
    *others, last = open_
    if not others:
        yield [pods if index == last else 0 for index in range(zones)]
        return
    for here in range(pods + 1):
        for rest in _ways(pods - here, others, zones):
            rest[last] = here
            yield rest


def _running(problem: Problem, group: str, zones: Sequence[str]) -> Numbers:
    running = Counter(problem.placed.get(group, {}))
    for node in problem.nodes:
        running[node.zone] += node.members.get(group, 0)
    return np.array([running[zone] for zone in zones], int)


def _fine(
    rule: Rule, classes: Sequence[Class], shared: Numbers, running: Numbers, domains: Sequence[bool]
) -> npt.NDArray[np.bool_]:
    """By allotment, class and zone, whether a pod of the class that carries the rule may stand there."""
    members = np.array([rule.group in each.shape.member_of for each in classes], bool)
    carriers = np.array([each.carries(rule.kind, rule.group) for each in classes], bool)
    new = shared[:, members].sum(axis=1)
    there = running + new
    match rule.kind:
        case RuleKind.SPREAD:
            counted = np.array(domains, bool)
            least = there[:, counted].min(axis=1) if counted.any() else np.zeros(len(there), int)
            fine = (there - least[:, None] <= rule.skew)[:, None, :]
        case RuleKind.TOGETHER:
            sure = (running > 0) | (shared[:, members & ~carriers].sum(axis=1) > 0)
            begun = (new > 0) & ~sure
            alone = (begun.sum(axis=1, keepdims=True) == 1) & (not running.any())
            fine = (sure | (begun & alone))[:, None, :]
        case RuleKind.APART:
            fine = there[:, None, :] - members[None, :, None] <= 0
    return np.asarray(np.broadcast_to(fine, shared.shape))
