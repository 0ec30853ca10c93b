"""A layout as numbers: pods that are alike are one class, groups of rules on a host are columns."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import ge

import numpy as np

from ..optimizer.eligibility import Places
from ..optimizer.model import HOST_LABEL, ON_DEMAND, ZONE_LABEL, Offering, RuleKind, Shape
from .annealing import Terms
from .model import Layout, RunningNode
from .packing import NO_LIMIT, Flags, Floats, Ints, Stock

# A resource of which so much less is used than of the scarcest does not decide a packing.
NEARLY_FREE = 0.3


@dataclass(frozen=True, slots=True)
class Kind:
    """What pods of one class share. `zone` is theirs for good where a rule over zones counts them."""

    shape: Shape
    zone: str


@dataclass(frozen=True, slots=True)
class HostGroups:
    """Rules on one host, a row a class: the group, whether it is counted there, and what it bears beside it.

    A class has the entries `starts[c]` to `starts[c + 1]`. `most`: how many of the group a host may hold that
    takes a pod of the class.
    """

    names: Sequence[str]
    starts: Ints
    group: Ints
    member: Flags
    most: Ints


@dataclass(frozen=True, slots=True)
class Tables:
    """Targets are rows: the nodes first, then the offerings. Classes are the `kinds`."""

    nodes: Sequence[RunningNode]
    offerings: Sequence[Offering]
    kinds: Sequence[Kind]
    stock: Stock
    terms: Terms
    admitted: Flags  # class x target, by labels and taints alone: without the zone that a kind is bound to


def tables_of(layout: Layout) -> Tables:
    """The numbers of a layout; offerings that others beat in every respect are left out."""
    nodes = layout.nodes
    kinds, resident = _classes(nodes, layout.spare)
    spare = Counter(Kind(shape, "") for shape in layout.spare)
    width = len(layout.resources)
    requests = np.array([kind.shape.requests for kind in kinds], dtype=np.int64).reshape(-1, width)
    offerings = _undominated(layout.offerings, _asked(kinds), layout.terms.max_pool_share_pct)
    capacity = np.array([node.capacity for node in nodes], dtype=np.int64).reshape(-1, width)
    new = np.array([offering.capacity for offering in offerings], dtype=np.int64).reshape(-1, width)
    admitted, may = _eligibility(kinds, nodes, offerings)
    hosts = _host_groups([kind.shape for kind in kinds])
    here, bars = _standing(nodes, resident, hosts)
    terms = _terms(layout, offerings)
    stock = Stock(
        takes=np.array([node.takes_pods for node in nodes], dtype=np.bool_),
        total=resident.sum(axis=0) + np.array([spare[kind] for kind in kinds], dtype=np.int64),
        resident=resident,
        order=_order(requests, may, hosts, capacity),
        requests=requests,
        room=np.concatenate([np.maximum(capacity - resident @ requests, 0), new]),
        may=may,
        starts=hosts.starts,
        group=hosts.group,
        member=hosts.member,
        most=hosts.most,
        here=here,
        bars=bars,
        weights=_weights(capacity, resident @ requests),
    )
    return Tables(nodes, offerings, kinds, stock, terms, admitted)


def _terms(layout: Layout, offerings: Sequence[Offering]) -> Terms:
    nodes, rules = layout.nodes, layout.terms
    groups = sorted(rules.leaving)
    on_demand = [node.lifecycle == ON_DEMAND for node in nodes]
    on_demand += [offering.lifecycle == ON_DEMAND for offering in offerings]
    return Terms(
        price=np.array([node.price for node in nodes] + [offering.cost for offering in offerings]),
        leaving=np.array([node.leaving_usd for node in nodes]) / rules.life_hours,
        fixed=np.array([node.stay is not None for node in nodes], dtype=np.bool_),
        on_demand=np.array(on_demand, dtype=np.bool_),
        on_demand_floor=min(rules.on_demand_nodes, sum(on_demand[: len(nodes)])),
        group_of=np.array([groups.index(n.group) if n.group in groups else -1 for n in nodes], np.int64),
        group_most=np.array([rules.leaving[group] for group in groups], dtype=np.int64),
        share_pct=rules.max_pool_share_pct,
        pods=np.array([len(node.pods) for node in nodes], dtype=np.int64),
        most_evictions=NO_LIMIT if rules.most_evictions is None else rules.most_evictions,
        pools=len(nodes) + np.arange(len(offerings)),
    )


def _order(requests: Ints, may: Flags, hosts: HostGroups, capacity: Ints) -> Ints:
    """Classes that few nodes admit first, among them those that stand apart, then the large ones."""
    if not len(requests):
        return np.empty(0, dtype=np.int64)
    few = np.floor(np.log2(np.maximum(may[:, : len(capacity)].mean(axis=1), 0.001)))
    ranges = zip(hosts.starts[:-1], hosts.starts[1:], strict=True)
    apart = np.array([(hosts.most[begin:end] < NO_LIMIT).any() for begin, end in ranges])
    size = (requests / np.maximum(capacity.mean(axis=0), 1)).max(axis=1)
    return np.lexsort((-size, ~apart, few))


def _weights(capacity: Ints, used: Ints) -> Floats:
    """A unit of the resource that runs out first is worth most; slots for pods hardly ever do."""
    offered = np.maximum(capacity.sum(axis=0), 1)
    share = used.sum(axis=0) / offered
    scarce = share / max(share.max(initial=0.0), 1e-9)
    weights: Floats = np.where(scarce > NEARLY_FREE, scarce, 0.0) / offered
    return weights


def bound_shapes(nodes: Sequence[RunningNode]) -> set[Shape]:
    """The shapes that a rule over zones speaks of: their pods are moved within their zone only.

    So every zone keeps its count, and no rule over zones can break on the way.
    """
    shapes = {pod.shape for node in nodes for pod in node.pods}
    zonal = {rule.group for shape in shapes for rule in shape.rules if rule.domain == ZONE_LABEL}
    return {
        shape
        for shape in shapes
        if zonal & shape.member_of or any(rule.domain == ZONE_LABEL for rule in shape.rules)
    }


def _classes(nodes: Sequence[RunningNode], spare: Sequence[Shape]) -> tuple[list[Kind], Ints]:
    """The kinds of pods, and how many of each run on each node."""
    bound = bound_shapes(nodes)
    counts = [
        Counter(Kind(pod.shape, node.zone if pod.shape in bound else "") for pod in node.pods)
        for node in nodes
    ]
    found = dict.fromkeys(kind for count in counts for kind in count)
    found |= dict.fromkeys(Kind(shape, "") for shape in spare)
    at = {kind: index for index, kind in enumerate(found)}
    resident = np.zeros((len(nodes), len(at)), dtype=np.int64)
    for row, count in enumerate(counts):
        for kind, number in count.items():
            resident[row, at[kind]] = number
    return list(at), resident


def _undominated(offerings: Sequence[Offering], asked: set[str], share_pct: int) -> list[Offering]:
    """Without those that cost as much as another one that is as large, where no pod could tell them apart.

    With a limit to each pool's share as many better ones must remain as that limit makes necessary.
    """
    enough = math.ceil(100 / share_pct)
    kept: list[Offering] = []
    alike: dict[object, list[Offering]] = {}
    for offering in sorted(offerings, key=lambda o: (o.cost, [-c for c in o.capacity])):
        labels = frozenset((key, value) for key, value in offering.labels.items() if key in asked)
        better = alike.setdefault((offering.zone, offering.lifecycle, offering.taints, labels), [])
        beaten = sum(all(map(ge, other.capacity, offering.capacity)) for other in better)
        if beaten < enough:
            better.append(offering)
            kept.append(offering)
    return kept


def _asked(kinds: Sequence[Kind]) -> set[str]:
    """The labels that pods look at."""
    return {requirement.key for kind in kinds for term in kind.shape.where.terms for requirement in term}


def _eligibility(
    kinds: Sequence[Kind], nodes: Sequence[RunningNode], offerings: Sequence[Offering]
) -> tuple[Flags, Flags]:
    """By labels and taints; and with the zone that a kind is bound to as well."""
    targets: list[RunningNode | Offering] = [*nodes, *offerings]
    places = Places([target.labels for target in targets], [target.taints for target in targets])
    by_where = {
        where: places.selected_by(where) & places.tolerated_by(where)
        for where in {kind.shape.where for kind in kinds}
    }
    zones = np.array([target.zone for target in targets])
    admitted = np.array([by_where[kind.shape.where] for kind in kinds], dtype=np.bool_)
    admitted = admitted.reshape(len(kinds), len(targets))
    near = np.array([(zones == kind.zone) | (kind.zone == "") for kind in kinds], dtype=np.bool_)
    return admitted, admitted & near.reshape(admitted.shape)


def _host_groups(shapes: Sequence[Shape]) -> HostGroups:
    named = {rule.group for shape in shapes for rule in shape.rules if rule.domain == HOST_LABEL}
    at = {group: index for index, group in enumerate(sorted(named))}
    starts, group, member, most = [0], [], [], []
    for shape in shapes:
        for name, bears in sorted(_bearing(shape, named).items()):
            group.append(at[name])
            member.append(name in shape.member_of)
            most.append(bears)
        starts.append(len(group))
    return HostGroups(
        names=list(at),
        starts=np.array(starts, dtype=np.int64),
        group=np.array(group, dtype=np.int64),
        member=np.array(member, dtype=np.bool_),
        most=np.array(most, dtype=np.int64),
    )


def _bearing(shape: Shape, named: set[str]) -> dict[str, int]:
    """The host groups that concern a shape, and how many of each it bears on its host, itself counted in."""
    bearing = dict.fromkeys(shape.member_of & named, NO_LIMIT)
    for rule in shape.rules:
        if rule.domain == HOST_LABEL and rule.kind is not RuleKind.TOGETHER:
            alone = 1 if rule.group in shape.member_of else 0
            most = rule.skew if rule.kind is RuleKind.SPREAD else alone
            bearing[rule.group] = min(bearing.get(rule.group, NO_LIMIT), most)
    return bearing


def _standing(nodes: Sequence[RunningNode], resident: Ints, hosts: HostGroups) -> tuple[Ints, Ints]:
    """How many of each host group are on each node, and how many are borne there."""
    counted = [[node.members.get(name, 0) for name in hosts.names] for node in nodes]
    here = np.array(counted, dtype=np.int64).reshape(len(nodes), len(hosts.names))
    bars = np.full_like(here, NO_LIMIT)
    for row, node in enumerate(nodes):
        for name in node.apart & set(hosts.names):
            bars[row, hosts.names.index(name)] = 0
    for index in range(resident.shape[1]):
        on = resident[:, index] > 0
        for entry in range(hosts.starts[index], hosts.starts[index + 1]):
            group = hosts.group[entry]
            here[:, group] += resident[:, index] * hosts.member[entry]
            bars[on, group] = np.minimum(bars[on, group], hosts.most[entry])
    return here, bars
