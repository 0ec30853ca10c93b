"""Packs pods as Karpenter's scheduler does, so that its choice can be had where it was not recorded.

After kubernetes-sigs/karpenter, pkg/controllers/provisioning/scheduling: pods by CPU, then memory, the
largest first; each goes to the node with the fewest pods among those it has opened that still takes it,
else to a new one. A node is of no type until the end: it keeps every type that holds all its pods, and
becomes the cheapest of them. A pod spread over zones pins its node to the zone with the fewest of its group.
Where chance decides there (the order of UIDs among equal pods, the first zone of a group that stands
together), checksums of names decide here, so that a packing can be repeated.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from zlib import crc32

from apps.pipeline.optimizer.model import (
    HOST_LABEL,
    ZONE_LABEL,
    NewNode,
    Offering,
    Pod,
    Rule,
    RuleKind,
    Shape,
    Where,
)
from apps.pipeline.verification.eligibility import admits

Mask = int  # one bit an offering


@dataclass(slots=True)
class Opened:
    """A node that is being filled: `takes` are the offerings that hold all its pods."""

    takes: Mask
    zones: frozenset[str]
    used: tuple[int, ...]
    pods: list[str] = field(default_factory=list)
    members: Counter[str] = field(default_factory=Counter)
    apart: set[str] = field(default_factory=set)


class Market:
    """The offerings as sets of bits: those in a zone, those that admit a pod, those with room for it."""

    def __init__(self, offerings: Sequence[Offering], resources: int) -> None:
        self.offerings = offerings
        self.everything: Mask = (1 << len(offerings)) - 1
        self.zones = frozenset(offering.zone for offering in offerings)
        self._rooms = [self._by_room(place) for place in range(resources)]
        self.admitting = cache(self._admitting)
        self.within = cache(self._within)

    def _mask(self, indices: Iterable[int]) -> Mask:
        return sum(1 << index for index in indices)

    def _admitting(self, where: Where) -> Mask:
        return self._mask(i for i, o in enumerate(self.offerings) if admits(where, o.labels, o.taints))

    def _within(self, zones: frozenset[str]) -> Mask:
        return self._mask(i for i, offering in enumerate(self.offerings) if offering.zone in zones)

    def _by_room(self, place: int) -> tuple[list[int], list[Mask]]:
        """The amounts offered of one resource, and for each those offerings that have at least as much."""
        amounts = sorted({offering.capacity[place] for offering in self.offerings})
        masks = [
            self._mask(i for i, offering in enumerate(self.offerings) if offering.capacity[place] >= amount)
            for amount in amounts
        ]
        return amounts, [*masks, 0]

    def holding(self, used: Sequence[int]) -> Mask:
        mask = self.everything
        for (amounts, masks), amount in zip(self._rooms, used, strict=True):
            mask &= masks[bisect_left(amounts, amount)]
        return mask

    def zones_of(self, mask: Mask) -> frozenset[str]:
        return frozenset(offering.zone for i, offering in enumerate(self.offerings) if mask >> i & 1)

    def cheapest(self, mask: Mask) -> Offering:
        return min(
            (offering for i, offering in enumerate(self.offerings) if mask >> i & 1),
            key=lambda offering: (offering.price, offering.key),
        )


def pack(pods: Sequence[Pod], offerings: Sequence[Offering]) -> tuple[list[NewNode], list[str]]:
    """The nodes that Karpenter's way buys for `pods` in a cluster without nodes, and the pods it leaves."""
    if not pods or not offerings:
        return [], [pod.id for pod in pods]
    packing = _Packing(Market(offerings, len(offerings[0].capacity)))
    left = [pod.id for pod in sorted(pods, key=_size, reverse=True) if not packing.place(pod)]
    market = packing.market
    return [NewNode(market.cheapest(node.takes).key, tuple(node.pods)) for node in packing.nodes], left


def _size(pod: Pod) -> tuple[tuple[int, ...], int]:
    return pod.shape.requests, crc32(pod.id.encode())


class _Packing:
    def __init__(self, market: Market) -> None:
        self.market = market
        self.nodes: list[Opened] = []  # by number of pods, then by age
        self._counts: list[int] = []
        self._by_zone: dict[str, Counter[str]] = defaultdict(Counter)
        self._anywhere: Counter[str] = Counter()
        # A node only ever fills up: what has no room for a pod of a shape once never has again.
        self._full_for: dict[Shape, set[int]] = defaultdict(set)
        self._zones_for = cache(lambda where: market.zones_of(market.admitting(where)))

    def place(self, pod: Pod) -> bool:
        """Whether a place was found, on an open node or on a new one."""
        full = self._full_for[pod.shape]
        for position, node in enumerate(self.nodes):
            if id(node) in full:
                continue
            if not self._has_room(node, pod.shape):
                full.add(id(node))
            elif self._add(node, pod):
                self._move_up(position)
                return True
        market = self.market
        node = Opened(market.everything, market.zones, (0,) * len(pod.shape.requests))
        if not self._has_room(node, pod.shape) or not self._add(node, pod):
            return False
        place = bisect_left(self._counts, 2)
        self.nodes.insert(place, node)
        self._counts.insert(place, 1)
        return True

    def _move_up(self, position: int) -> None:
        node, count = self.nodes.pop(position), self._counts.pop(position) + 1
        place = bisect_left(self._counts, count)
        self.nodes.insert(place, node)
        self._counts.insert(place, count)

    def _takes(self, node: Opened, shape: Shape) -> Mask:
        used = [had + asked for had, asked in zip(node.used, shape.requests, strict=True)]
        return node.takes & self.market.admitting(shape.where) & self.market.holding(used)

    def _has_room(self, node: Opened, shape: Shape) -> bool:
        """Whether size and the rules over hosts let it in; never true again once it was not."""
        on_host = [rule for rule in shape.rules if rule.domain == HOST_LABEL]
        return (
            all(self._host_allows(node, rule, shape) for rule in on_host)
            and not node.apart & shape.member_of
            and self._takes(node, shape) != 0
        )

    def _host_allows(self, node: Opened, rule: Rule, shape: Shape) -> bool:
        here = node.members[rule.group]
        match rule.kind:
            case RuleKind.SPREAD:
                return here + (rule.group in shape.member_of) <= rule.skew
            case RuleKind.APART:
                return here == 0
            case RuleKind.TOGETHER:
                return here > 0 or (not self._anywhere[rule.group] and rule.group in shape.member_of)

    def _add(self, node: Opened, pod: Pod) -> bool:
        shape = pod.shape
        zones = node.zones
        for rule in shape.rules:
            if rule.domain == ZONE_LABEL:
                zones &= self._zones_allowed(rule, shape, zones)
        takes = self._takes(node, shape) & self.market.within(zones)
        if not takes:
            return False
        node.takes, node.zones = takes, zones
        node.used = tuple(had + asked for had, asked in zip(node.used, shape.requests, strict=True))
        node.pods.append(pod.id)
        node.members.update(shape.member_of)
        node.apart |= {r.group for r in shape.rules if r.kind is RuleKind.APART and r.domain == HOST_LABEL}
        self._anywhere.update(shape.member_of)
        if len(zones) == 1:
            for group in shape.member_of:
                self._by_zone[group].update(zones)
        return True

    def _zones_allowed(self, rule: Rule, shape: Shape, zones: frozenset[str]) -> frozenset[str]:
        counts, possible = self._by_zone[rule.group], self._zones_for(shape.where)
        match rule.kind:
            case RuleKind.SPREAD:
                least = min((counts[zone] for zone in possible), default=0)
                itself = rule.group in shape.member_of
                fine = [zone for zone in zones & possible if counts[zone] + itself - least <= rule.skew]
                return frozenset(sorted(fine, key=lambda zone: (counts[zone], zone))[:1])
            case RuleKind.APART:
                return frozenset(sorted(zone for zone in zones & possible if not counts[zone])[:1])
            case RuleKind.TOGETHER:
                running = frozenset(zone for zone in possible if counts[zone])
                choice = sorted(zones & possible)
                if running or not choice or rule.group not in shape.member_of:
                    return running
                return frozenset({choice[crc32(rule.group.encode()) % len(choice)]})
