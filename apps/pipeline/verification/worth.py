"""The most that the pods on one node can be worth by a certificate's duals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.pipeline.optimizer.model import HOST_LABEL, Amounts, ExistingNode, Offering, RuleKind, Taint
from apps.pipeline.verification.classes import Class
from apps.pipeline.verification.eligibility import admits

HostGroup = tuple[int, str]  # how many of a group one host may carry, and the group


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


def most_worth(
    place: Place, classes: Sequence[Class], worth: Mapping[int, float], weights: Sequence[float]
) -> float:
    """An upper bound of what one node carries, in USD an hour.

    `worth` is that of one pod of each class in the place's zone. Each pod's room is paid for with `weights`;
    what a class is worth beyond that is taken as often as its limits let one node carry it.
    """
    alone = 0.0
    shared: dict[HostGroup, list[tuple[float, int]]] = defaultdict(list)
    for each in classes:
        excess = worth[each.number] - sum(
            weight * asked for weight, asked in zip(weights, each.shape.requests, strict=True)
        )
        if excess <= 0:
            continue
        most = _most(place, each)
        group = _host_group(each)
        if group is None:
            alone += excess * most
        else:
            shared[group].append((excess, most))
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
    on_host = [rule for rule in shape.rules if rule.domain == HOST_LABEL]
    if any(rule.kind is RuleKind.APART and place.members.get(rule.group) for rule in on_host):
        return 0
    room = [had // asked for had, asked in zip(place.room, shape.requests, strict=True) if asked]
    limits = [_limit(place, group) for group in _host_groups(each)]
    return max(0, min([each.placed, *room, *limits]))


def _host_groups(each: Class) -> list[HostGroup]:
    """Every limit that a class brings with it for itself."""
    return [
        (1 if rule.kind is RuleKind.APART else rule.skew, rule.group)
        for rule in each.shape.rules
        if rule.domain == HOST_LABEL
        and rule.kind is not RuleKind.TOGETHER
        and rule.group in each.shape.member_of
    ]


def _host_group(each: Class) -> HostGroup | None:
    return min(_host_groups(each), default=None)


def _limit(place: Place, group: HostGroup) -> int:
    return max(0, group[0] - place.members.get(group[1], 0))
