"""The most that the pods on one node can be worth by a certificate's duals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.pipeline.optimizer.model import Amounts, ExistingNode, Offering, Taint
from apps.pipeline.verification.classes import Class, HostGroup
from apps.pipeline.verification.eligibility import admits

Requests = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A node as far as its worth goes, old or new."""

    zone: str
    room: Amounts
    labels: Mapping[str, str]
    taints: frozenset[Taint]
    members: Mapping[str, int]
    apart: frozenset[str]


def new_node(offering: Offering) -> Place:
    return Place(offering.zone, offering.capacity, offering.labels, offering.taints, {}, frozenset())


def old_node(node: ExistingNode) -> Place:
    return Place(node.zone, node.free, node.labels, node.taints, node.members, node.apart)


def requests_of(classes: Sequence[Class], resources: int) -> Requests:
    """What one pod of each class asks for, a row a class."""
    return np.array([each.shape.requests for each in classes], float).reshape(len(classes), resources)


def most_worth(
    place: Place,
    classes: Sequence[Class],
    requests: Requests,
    worth: Sequence[float],
    weights: Sequence[float],
) -> float:
    """An upper bound of what one node carries, in USD an hour.

    `worth` is that of one pod of each class in the place's zone. Each pod's room is paid for with `weights`;
    what a class is worth beyond that is taken as often as its limits let one node carry it.
    """
    excess = np.array(worth) - requests @ np.array(weights)
    alone = 0.0
    shared: dict[HostGroup, list[tuple[float, int]]] = defaultdict(list)
    for number in np.flatnonzero(excess > 0):
        each, gain = classes[int(number)], float(excess[number])
        most = _most(place, each)
        if each.host_groups:
            shared[each.host_groups[0]].append((gain, most))
        else:
            alone += gain * most
    together = sum(_best(choices, _limit(place, group)) for group, choices in shared.items())
    room = sum(weight * had for weight, had in zip(weights, place.room, strict=True))
    # A node that is over its room already has less than none, and still carries nothing of negative worth.
    return max(0.0, room + alone + together)


def _best(choices: list[tuple[float, int]], limit: int) -> float:
    best = 0.0
    for excess, most in sorted(choices, reverse=True):
        taken = min(most, limit)
        best += excess * taken
        limit -= taken
    return best


def _most(place: Place, each: Class) -> int:
    """How many pods of a class the node can carry, were it alone there."""
    shape = each.shape
    if not admits(shape.where, place.labels, place.taints) or place.apart & shape.member_of:
        return 0
    if any(place.members.get(group) for group in each.keeps_from):
        return 0
    room = [had // asked for had, asked in zip(place.room, shape.requests, strict=True) if asked]
    limits = [_limit(place, group) for group in each.host_groups]
    return max(0, min([each.placed, *room, *limits]))


def _limit(place: Place, group: HostGroup) -> int:
    return max(0, group[0] - place.members.get(group[1], 0))
