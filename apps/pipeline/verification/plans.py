"""The check of a whole plan."""

from collections.abc import Iterator

from apps.pipeline.optimizer.model import Plan, Problem
from apps.pipeline.verification.eligibility import admits
from apps.pipeline.verification.limits import limits_broken
from apps.pipeline.verification.money import sums_wrong
from apps.pipeline.verification.reasons import reasons_wrong
from apps.pipeline.verification.rules import rules_broken
from apps.pipeline.verification.standing import Standing, stand


def check_plan(problem: Problem, plan: Plan) -> list[str]:
    """Every violation as a sentence; empty where the plan may be carried out as it is."""
    standing, said = stand(problem, plan)
    checks = (_overfull, _misplaced, rules_broken, limits_broken, sums_wrong, reasons_wrong)
    return [*said, *(sentence for check in checks for sentence in check(standing))]


def _overfull(standing: Standing) -> Iterator[str]:
    for host in standing.hosts:
        for place, resource in enumerate(standing.problem.resources):
            asked = sum(shape.requests[place] * number for shape, number in host.pods.items())
            if host.pods and asked > host.room[place]:
                yield f"The pods on {host.name} ask for {asked} of {resource}; it has {host.room[place]}."


def _misplaced(standing: Standing) -> Iterator[str]:
    for host in standing.hosts:
        for shape, number in host.pods.items():
            if not admits(shape.where, host.labels, host.taints):
                yield f"{number} pods on {host.name} may not run there by its labels or taints."
