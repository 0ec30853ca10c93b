"""The most that the pods on one node can be worth by a certificate's duals."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from apps.pipeline.optimizer.model import Amounts, ExistingNode, Offering, Taint
from apps.pipeline.verification.classes import Class, HostGroup
from apps.pipeline.verification.eligibility import admits
from apps.pipeline.verification.whole_pods import Choice, best_choice


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


@dataclass(frozen=True, slots=True)
class Demand:
    """The classes, and what one pod of each asks for, a row a class."""

    classes: Sequence[Class]
    requests: npt.NDArray[np.float64]


def demand_of(classes: Sequence[Class], resources: int) -> Demand:
    requests = np.array([each.shape.requests for each in classes], float)
    return Demand(classes, requests.reshape(len(classes), resources))


def most_worth(place: Place, demand: Demand, worth: Sequence[float], weights: Sequence[float]) -> float:
    """An upper bound of what one node carries, in USD an hour.

    `worth` is that of one pod of each class in the place's zone. Each pod's room is paid for with `weights`;
    what a class is worth beyond that is taken as often as its limits let one node carry it.
    """
    alone = 0.0
    shared: dict[HostGroup, list[tuple[float, int]]] = defaultdict(list)
    for each, gain in _gaining(demand, worth, weights):
        most = _most(place, each)
        if each.host_groups:
            shared[each.host_groups[0]].append((gain, most))
        else:
            alone += gain * most
    together = sum(_best(choices, _limit(place, group)) for group, choices in shared.items())
    # A node that is over its room already has less than none, and still carries nothing of negative worth.
    return max(0.0, _paid(place, weights) + alone + together)


def most_worth_of_whole_pods(
    place: Place, demand: Demand, worth: Sequence[float], weights: Sequence[float], whole: Sequence[int]
) -> float:
    """The same, but pods fit into the resources `whole` as they are; infinite where that is too much work."""
    others = [0.0 if r in whole else weight for r, weight in enumerate(weights)]
    choices = []
    for each, gain in _gaining(demand, worth, others):
        most = _most(place, each)
        if most:
            amounts = tuple(each.shape.requests[r] for r in whole)
            first = each.host_groups[0] if each.host_groups else None
            choices.append(Choice(gain, most, amounts, first[1] if first and first[0] == 1 else None))
    best = best_choice(choices, tuple(place.room[r] for r in whole))
    return inf if best is None else max(0.0, _paid(place, others) + best)


def _gaining(
    demand: Demand, worth: Sequence[float], weights: Sequence[float]
) -> Iterator[tuple[Class, float]]:
    """The classes that are worth more than the room that one pod of them takes, and how much more."""
    gains = np.array(worth) - demand.requests @ np.array(weights)
    return ((demand.classes[int(number)], float(gains[number])) for number in np.flatnonzero(gains > 0))


def _paid(place: Place, weights: Sequence[float]) -> float:
    return sum(weight * had for weight, had in zip(weights, place.room, strict=True))


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
