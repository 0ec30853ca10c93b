"""The rules of how pods stand to one another, put into the numbers that the solver counts with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.model import HOST_LABEL, ZONE_LABEL, ExistingNode, RuleKind, Shape

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NO_LIMIT = 1 << 40


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """One rule over zones. `counted` are the classes whose numbers by zone it speaks of (see Certificate).

    `existing` counts by zone the members that run already; `domains` are the zones it compares. `usable`
    says whether the bound may lean on it; the plan keeps it in any case.
    """

    kind: RuleKind
    group: str
    skew: int
    largest_skew: int
    carriers: Ints
    members: Ints
    counted: Ints
    existing: Ints
    domains: Flags
    usable: bool


@dataclass(frozen=True, slots=True)
class Lists:
    """A list of whole numbers for each class, end to end: those of c are values[starts[c]:starts[c + 1]]."""

    starts: Ints
    values: Ints

    def of(self, class_: int) -> list[int]:
        found: list[int] = self.values[self.starts[class_] : self.starts[class_ + 1]].tolist()
        return found


@dataclass(frozen=True, slots=True)
class HostRules:
    """Rules on one node, by class: the groups it belongs to, stands apart from, and may not exceed.

    `bound_group` is by class the one host group that the bound counts (-1: none), with its limit and name.
    """

    groups: list[str]
    member_of: Lists
    apart_from: Lists
    spread_over: Lists
    spread_limit: Lists
    bound_group: Ints
    bound_limit: Ints
    bound_names: list[str]


def zone_rules(
    shapes: Sequence[Shape],
    *,
    zones: Sequence[str],
    reachable: Flags,
    existing: Mapping[str, Mapping[str, int]],
) -> list[ZoneRule]:
    """Every rule on zones that some class carries; `reachable` says which class may run in which zone."""
    skews: dict[tuple[RuleKind, str], list[int]] = {}
    carriers: dict[tuple[RuleKind, str], list[int]] = {}
    for index, shape in enumerate(shapes):
        for rule in shape.rules:
            if rule.domain == ZONE_LABEL:
                skews.setdefault((rule.kind, rule.group), []).append(rule.skew)
                carriers.setdefault((rule.kind, rule.group), []).append(index)
    members = _members(shapes)
    found = []
    for (kind, group), carrying in sorted(carriers.items()):
        belonging = members.get(group, [])
        carry_all = set(belonging) <= set(carrying)
        counted = {
            RuleKind.SPREAD: belonging,
            RuleKind.TOGETHER: carrying,
            RuleKind.APART: sorted(set(carrying) & set(belonging)),
        }[kind]
        found.append(
            ZoneRule(
                kind=kind,
                group=group,
                skew=min(skews[kind, group]),
                largest_skew=max(skews[kind, group]),
                carriers=np.unique(np.array(carrying, dtype=np.int64)),
                members=np.array(belonging, dtype=np.int64),
                counted=np.unique(np.array(counted, dtype=np.int64)),
                existing=np.array([existing.get(group, {}).get(zone, 0) for zone in zones], dtype=np.int64),
                domains=np.asarray(reachable[carrying].any(axis=0)),
                usable=bool(counted) and (kind is RuleKind.APART or carry_all),
            )
        )
    return found


def host_rules(shapes: Sequence[Shape], nodes: Sequence[ExistingNode]) -> HostRules:
    """The rules on single nodes, over the groups that some class or running pod has one on."""
    names = {rule.group for shape in shapes for rule in shape.rules if rule.domain == HOST_LABEL}
    names |= {group for node in nodes for group in node.apart}
    groups = sorted(names)
    at = {group: index for index, group in enumerate(groups)}
    member_of, apart_from, spread_over, spread_limit = [], [], [], []
    keys: dict[tuple[int, str], int] = {}
    bound_group = np.full(len(shapes), -1, dtype=np.int64)
    for index, shape in enumerate(shapes):
        on_host = [rule for rule in shape.rules if rule.domain == HOST_LABEL]
        spreads = [rule for rule in on_host if rule.kind is RuleKind.SPREAD]
        member_of.append([at[group] for group in sorted(shape.member_of) if group in at])
        apart_from.append(sorted({at[rule.group] for rule in on_host if rule.kind is RuleKind.APART}))
        spread_over.append([at[rule.group] for rule in spreads])
        spread_limit.append([rule.skew for rule in spreads])
        limits = [
            (1 if rule.kind is RuleKind.APART else rule.skew, rule.group)
            for rule in on_host
            if rule.kind is not RuleKind.TOGETHER and rule.group in shape.member_of
        ]
        if limits:
            bound_group[index] = keys.setdefault(min(limits), len(keys))
    return HostRules(
        groups=groups,
        member_of=_lists(member_of),
        apart_from=_lists(apart_from),
        spread_over=_lists(spread_over),
        spread_limit=_lists(spread_limit),
        bound_group=bound_group,
        bound_limit=np.array([limit for limit, _ in keys], dtype=np.int64),
        bound_names=[group for _, group in keys],
    )


def own_limits(shapes: Sequence[Shape]) -> Ints:
    """By class, how many of it one empty node may carry at most by its own host rules."""
    return np.array(
        [
            min(
                (
                    1 if rule.kind is RuleKind.APART else rule.skew
                    for rule in shape.rules
                    if rule.domain == HOST_LABEL
                    and rule.kind is not RuleKind.TOGETHER
                    and rule.group in shape.member_of
                ),
                default=NO_LIMIT,
            )
            for shape in shapes
        ],
        dtype=np.int64,
    )


def _members(shapes: Sequence[Shape]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, shape in enumerate(shapes):
        for group in shape.member_of:
            found.setdefault(group, []).append(index)
    return found


def _lists(rows: Sequence[Sequence[int]]) -> Lists:
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    return Lists(starts, np.array([value for row in rows for value in row], dtype=np.int64))
