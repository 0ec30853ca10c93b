"""Pods that are alike, and how many of them a plan places."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from apps.pipeline.optimizer.model import ZONE_LABEL, Plan, Problem, Rule, RuleKind, Shape

ZoneRule = tuple[RuleKind, str]  # on ZONE_LABEL rules are told apart by kind and group


@dataclass(frozen=True, slots=True)
class Class:
    """`number` is how a certificate names it, `placed` its N_c."""

    number: int
    shape: Shape
    placed: int

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
    return [Class(number, shape, count) for number, (shape, count) in enumerate(found.items())]
