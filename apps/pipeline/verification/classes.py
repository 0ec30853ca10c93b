"""Pods that are alike, and how many of them a plan places."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.pipeline.optimizer.model import HOST_LABEL, ZONE_LABEL, Plan, Problem, Rule, RuleKind, Shape

ZoneRule = tuple[RuleKind, str]  # on ZONE_LABEL rules are told apart by kind and group
HostGroup = tuple[int, str]  # how many of a group one host may carry, and the group


@dataclass(frozen=True, slots=True)
class Class:
    """`number` is how a certificate names it, `placed` its N_c.

    `host_groups` are the limits that it brings to a host for itself, the one that it shares with others
    first; a host with a member of a group in `keeps_from` is closed to it.
    """

    number: int
    shape: Shape
    placed: int
    host_groups: Sequence[HostGroup]
    keeps_from: Sequence[str]

    def zone_rules(self) -> Iterator[Rule]:
        return (rule for rule in self.shape.rules if rule.domain == ZONE_LABEL)

    def carries(self, kind: RuleKind, group: str) -> bool:
        """Whether its pods carry the zone rule."""
        return any((rule.kind, rule.group) == (kind, group) for rule in self.zone_rules())


def classes_of(problem: Problem, plan: Plan) -> list[Class]:
    """The classes in the order in which their shapes first appear."""
    placed = {pod for node in plan.new_nodes for pod in node.pods}
    placed.update(pod for pods in plan.on_nodes.values() for pod in pods)
    found = Counter[Shape]()
    for pod in problem.pods:
        found[pod.shape] += pod.id in placed
    return [_class(number, shape, count) for number, (shape, count) in enumerate(found.items())]


def _class(number: int, shape: Shape, placed: int) -> Class:
    apart = [r for r in shape.rules if r.domain == HOST_LABEL and r.kind is RuleKind.APART]
    spread = [r for r in shape.rules if r.domain == HOST_LABEL and r.kind is RuleKind.SPREAD]
    limits = [*((1, rule.group) for rule in apart), *((rule.skew, rule.group) for rule in spread)]
    own = sorted(limit for limit in limits if limit[1] in shape.member_of)
    return Class(number, shape, placed, own, [rule.group for rule in apart])
