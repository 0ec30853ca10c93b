"""The problem as arrays: classes by offerings and nodes, in the units of the model."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.classes import Classes, classify
from apps.pipeline.optimizer.eligibility import Places
from apps.pipeline.optimizer.model import (
    HOST_LABEL,
    ON_DEMAND,
    ExistingNode,
    Offering,
    Problem,
    RuleKind,
    Shape,
    Where,
)
from apps.pipeline.optimizer.rules import HostRules, ZoneRule, host_rules, own_limits, zone_rules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bins:
    """Offerings (first) and existing nodes (after them), alike: room, zone, cost. A node costs nothing.

    `capacity` is rounded down to what whole pods can use up. `selected` and `admitted` are by class and bin:
    labels alone, labels and taints. `limit` is how many pods of a class one such node carries at most, were
    it all that it carries.
    """

    capacity: Floats
    zone: Ints
    cost: Floats
    price: Floats
    on_demand: Flags
    selected: Flags
    admitted: Flags
    limit: Ints


@dataclass(frozen=True, slots=True)
class Arrays:
    """`counts` are pods by class, `requests` what one of them asks for, by class and resource.

    `reachable` says by class and zone whether labels and taints let it run anywhere there.
    """

    problem: Problem
    classes: Classes
    counts: Ints
    requests: Floats
    zones: list[str]
    offered: int
    reachable: Flags
    bins: Bins
    zone_rules: list[ZoneRule]
    host_rules: HostRules


def arrays_of(problem: Problem) -> Arrays:
    """Everything about `problem` that the solver reads more than once."""
    classes = classify(problem.pods)
    shapes = classes.shapes
    offerings, nodes = problem.offerings, problem.nodes
    places: list[Offering | ExistingNode] = [*offerings, *nodes]
    placed_in = {zone for by_zone in problem.placed.values() for zone in by_zone}
    zones = sorted({place.zone for place in places} | placed_in)
    at = {zone: index for index, zone in enumerate(zones)}
    resources = len(problem.resources)
    requests = np.array([shape.requests for shape in shapes], dtype=np.float64).reshape(-1, resources)
    rooms = [*(offering.capacity for offering in offerings), *(node.free for node in nodes)]
    capacity = np.maximum(np.array(rooms, dtype=np.float64).reshape(-1, resources), 0.0)
    selected, admitted = _admissions(problem, shapes)
    zone = np.array([at[place.zone] for place in places], dtype=np.int64)
    none = [0.0] * len(nodes)
    reachable = np.zeros((len(shapes), len(zones)), dtype=np.bool_)
    for index in range(len(zones)):
        reachable[:, index] = admitted[:, zone == index].any(axis=1)
    limit = _limits(problem, shapes, requests, capacity, admitted)
    return Arrays(
        problem=problem,
        classes=classes,
        counts=np.array([len(pods) for pods in classes.pods], dtype=np.int64),
        requests=requests,
        zones=zones,
        offered=len(offerings),
        reachable=reachable,
        bins=Bins(
            capacity=_reachable(capacity, requests, limit),
            zone=zone,
            cost=np.array([*(offering.cost for offering in offerings), *none]),
            price=np.array([*(offering.price for offering in offerings), *none]),
            on_demand=np.array([place.lifecycle == ON_DEMAND for place in places], dtype=np.bool_),
            selected=selected,
            admitted=admitted,
            limit=limit,
        ),
        zone_rules=zone_rules(shapes, zones=zones, reachable=reachable, existing=_existing(problem)),
        host_rules=host_rules(shapes, nodes),
    )


def _admissions(problem: Problem, shapes: list[Shape]) -> tuple[Flags, Flags]:
    places: list[Offering | ExistingNode] = [*problem.offerings, *problem.nodes]
    asked = Places([place.labels for place in places], [place.taints for place in places])
    distinct: dict[Where, int] = {}
    of_class = [distinct.setdefault(shape.where, len(distinct)) for shape in shapes]
    size = (len(distinct), len(places))
    selected = np.array([asked.selected_by(where) for where in distinct], dtype=np.bool_).reshape(size)
    tolerated = np.array([asked.tolerated_by(where) for where in distinct], dtype=np.bool_).reshape(size)
    return selected[of_class], (selected & tolerated)[of_class]


def _limits(
    problem: Problem, shapes: list[Shape], requests: Floats, capacity: Floats, admitted: Flags
) -> Ints:
    """The `ub` of the certificate, without N_c: admission, room, and the class's own host rules."""
    limit = np.repeat(own_limits(shapes)[:, None], len(capacity), axis=1)
    for resource in range(requests.shape[1]):
        asked = requests[:, resource]
        some = asked > 0
        fitting = np.floor(capacity[None, :, resource] / np.where(some, asked, 1.0)[:, None])
        limit = np.where(some[:, None], np.minimum(limit, fitting.astype(np.int64)), limit)
    limit[~admitted] = 0
    for column, node in enumerate(problem.nodes, start=len(problem.offerings)):
        if node.members or node.apart:
            _limit_by_neighbours(limit[:, column], shapes, node.members, node.apart)
    return limit


def _reachable(capacity: Floats, requests: Floats, limit: Ints) -> Floats:
    """Room rounded down to what sums of whole pods can reach: multiples of a common divisor, by resource."""
    reachable = capacity.copy()
    takes = limit > 0
    _, first, of = np.unique(np.packbits(takes, axis=0), axis=1, return_index=True, return_inverse=True)
    for column, example in enumerate(first):
        bins = of.reshape(-1) == column
        for resource in range(requests.shape[1]):
            asked = requests[takes[:, example], resource].astype(np.int64)
            divisor = int(np.gcd.reduce(asked)) if len(asked) else 0
            if divisor > 1:
                reachable[bins, resource] = capacity[bins, resource] // divisor * divisor
    return reachable


def _limit_by_neighbours(
    limit: Ints, shapes: list[Shape], members: Mapping[str, int], apart: frozenset[str]
) -> None:
    counts = Counter(members)
    for index, shape in enumerate(shapes):
        if not limit[index]:
            continue
        if shape.member_of & apart:
            limit[index] = 0
        for rule in shape.rules:
            if rule.domain != HOST_LABEL or not counts[rule.group]:
                continue
            if rule.kind is RuleKind.APART:
                limit[index] = 0
            elif rule.kind is RuleKind.SPREAD and rule.group in shape.member_of:
                limit[index] = min(limit[index], max(0, rule.skew - counts[rule.group]))


def _existing(problem: Problem) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for group, by_zone in problem.placed.items():
        counts.setdefault(group, Counter()).update(by_zone)
    for node in problem.nodes:
        for group, number in node.members.items():
            counts.setdefault(group, Counter())[node.zone] += number
    return {group: dict(by_zone) for group, by_zone in counts.items()}
