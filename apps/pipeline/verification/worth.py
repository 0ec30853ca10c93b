"""The most that the pods on one node can be worth by a certificate's duals."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from apps.pipeline.optimizer.model import Amounts, ExistingNode, Offering, Taint, Where
from apps.pipeline.verification.classes import Class, HostGroup
from apps.pipeline.verification.eligibility import admits
from apps.pipeline.verification.whole_pods import Choice, best_choice

Ints = npt.NDArray[np.int64]


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
    """The classes as columns: what a pod asks for, how many are placed, and how many a host takes of them."""

    classes: Sequence[Class]
    requests: Ints
    placed: Ints
    wheres: Sequence[Where]
    where_of: Ints
    per_host: Ints


def demand_of(classes: Sequence[Class], resources: int) -> Demand:
    wheres = list({each.shape.where: None for each in classes})
    at = {where: number for number, where in enumerate(wheres)}
    limits = [min((limit for limit, _ in each.host_groups), default=each.placed) for each in classes]
    return Demand(
        classes=classes,
        requests=np.array([each.shape.requests for each in classes], int).reshape(len(classes), resources),
        placed=np.array([each.placed for each in classes], int),
        wheres=wheres,
        where_of=np.array([at[each.shape.where] for each in classes], int),
        per_host=np.array(limits, int),
    )


def most_worth(place: Place, demand: Demand, worth: Sequence[float], weights: Sequence[float]) -> float:
    """An upper bound of what one node carries, in USD an hour.

    `worth` is that of one pod of each class in the place's zone. Each pod's room is paid for with `weights`;
    what a class is worth beyond that is taken as often as its limits let one node carry it.
    """
    most = _most(place, demand)
    gains = np.maximum(np.array(worth) - demand.requests @ np.array(weights), 0.0)
    alone = 0.0
    shared: dict[HostGroup, list[tuple[float, int]]] = defaultdict(list)
    for number in np.flatnonzero((gains > 0) & (most > 0)).tolist():
        groups, gain, taken = demand.classes[number].host_groups, float(gains[number]), int(most[number])
        if groups:
            shared[groups[0]].append((gain, taken))
        else:
            alone += gain * taken
    together = sum(_best(choices, _limit(place, group)) for group, choices in shared.items())
    # A node that is over its room already has less than none, and still carries nothing of negative worth.
    return max(0.0, float(np.array(weights) @ _usable(place, demand, most)) + alone + together)


def most_worth_of_whole_pods(
    place: Place, demand: Demand, worth: Sequence[float], weights: Sequence[float], whole: Sequence[int]
) -> float:
    """The same, but pods fit into the resources `whole` as they are; infinite where that is too much work."""
    most = _most(place, demand)
    others = np.array([0.0 if resource in whole else weight for resource, weight in enumerate(weights)])
    gains = np.array(worth) - demand.requests @ others
    choices = []
    for number in np.flatnonzero((gains > 0) & (most > 0)).tolist():
        groups = demand.classes[number].host_groups
        amounts = tuple(demand.classes[number].shape.requests[resource] for resource in whole)
        group = groups[0][1] if groups and groups[0][0] == 1 else None
        choices.append(Choice(float(gains[number]), int(most[number]), amounts, group))
    best = best_choice(choices, tuple(place.room[resource] for resource in whole))
    return inf if best is None else max(0.0, float(others @ _usable(place, demand, most)) + best)


def _best(choices: list[tuple[float, int]], limit: int) -> float:
    best = 0.0
    for excess, most in sorted(choices, reverse=True):
        taken = min(most, limit)
        best += excess * taken
        limit -= taken
    return best


def _most(place: Place, demand: Demand) -> Ints:
    """How many pods of each class the node can carry, were they alone there."""
    admitted = np.array([admits(where, place.labels, place.taints) for where in demand.wheres], bool)
    fitting = np.array(place.room) // np.maximum(demand.requests, 1)
    fitting[demand.requests == 0] = np.iinfo(fitting.dtype).max
    most = np.minimum(demand.placed, demand.per_host)
    if len(most):
        most = np.maximum(0, np.minimum(most, fitting.min(axis=1))) * admitted[demand.where_of]
    if place.members or place.apart:
        for number, each in enumerate(demand.classes):
            most[number] = min([most[number], *_limits_beside(place, each)])
    return most


def _limits_beside(place: Place, each: Class) -> Iterator[int]:
    """What those that run on the node already leave to a class."""
    if place.apart & each.shape.member_of or any(place.members.get(group) for group in each.keeps_from):
        yield 0
    yield from (_limit(place, group) for group in each.host_groups)


def _limit(place: Place, group: HostGroup) -> int:
    return max(0, group[0] - place.members.get(group[1], 0))


def _usable(place: Place, demand: Demand, most: Ints) -> Ints:
    """The room that whole pods can use up: all that they ask for are multiples of a common divisor."""
    divisors = np.gcd.reduce(demand.requests[most > 0], axis=0)
    room = np.array(place.room)
    return np.where(divisors > 1, room // np.maximum(divisors, 1) * divisors, room)
