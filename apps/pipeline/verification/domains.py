"""The zones over which the carriers of a rule are counted."""

from collections import defaultdict

from apps.pipeline.optimizer.model import ZONE_LABEL, ExistingNode, Offering, Problem, RuleKind, Where
from apps.pipeline.verification.eligibility import admits


def spread_zones(problem: Problem) -> dict[str, frozenset[str]]:
    """By group, the zones of its zone spread: those that admit one of its carriers, however large it is."""
    wheres: dict[str, set[Where]] = defaultdict(set)
    for shape in {pod.shape for pod in problem.pods}:
        for rule in shape.rules:
            if rule.kind is RuleKind.SPREAD and rule.domain == ZONE_LABEL:
                wheres[rule.group].add(shape.where)
    zones = {where: _zones(problem, where) for where in set().union(*wheres.values())}
    return {group: frozenset().union(*(zones[w] for w in asked)) for group, asked in wheres.items()}


def _zones(problem: Problem, where: Where) -> frozenset[str]:
    places: list[ExistingNode | Offering] = [*problem.nodes, *problem.offerings]
    return frozenset(place.zone for place in places if admits(where, place.labels, place.taints))
