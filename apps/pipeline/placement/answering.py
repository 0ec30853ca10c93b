"""Asking the solver, and asking it again where the first answer shows that the limits were others."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.pipeline.optimizer.model import ON_DEMAND, Exclusion, Plan, Problem
from apps.pipeline.optimizer.solving import solve

from .gathering import OnDemand
from .headroom import is_headroom

# The on-demand share is of nodes that only an answer counts: more rounds hardly change it.
MOST_ROUNDS = 3


def answer(problem: Problem, on_demand: OnDemand, *, seconds: float, gap: float) -> tuple[Problem, Plan]:
    """The plan, and the problem that it answers; sought until the gap is small enough or the time is up.

    That one has as many on-demand nodes as the share wants of all nodes, and no headroom where the cap would
    leave pods waiting beside it.
    """
    started = time.monotonic()
    rounds = MOST_ROUNDS if _may_change(problem, on_demand) else 1
    for number in range(1, rounds + 1):
        plan = solve(problem, deadline_seconds=seconds * number / rounds, gap=gap, started=started)
        changed = _changed(problem, plan, on_demand) if number < rounds else None
        if changed is None:
            break
        problem = changed
    return problem, plan


def on_demand_of(context: Mapping[str, Any]) -> OnDemand:
    """As a request's context keeps it."""
    return OnDemand(**context["on_demand"])


def _may_change(problem: Problem, on_demand: OnDemand) -> bool:
    capped = problem.limits.max_price_hourly_usd is not None
    return on_demand.share_pct > 0 or (capped and any(is_headroom(pod.id) for pod in problem.pods))


def _changed(problem: Problem, plan: Plan, on_demand: OnDemand) -> Problem | None:
    if any(one.because is Exclusion.CAP and not is_headroom(one.pod) for one in plan.unplaced):
        pods = [pod for pod in problem.pods if not is_headroom(pod.id)]
        if len(pods) < len(problem.pods):
            return replace(problem, pods=pods)
    wanted = on_demand.lacking(len(plan.new_nodes))
    if wanted > problem.limits.min_on_demand_nodes and wanted > _bought(problem, plan):
        return replace(problem, limits=replace(problem.limits, min_on_demand_nodes=wanted))
    return None


def _bought(problem: Problem, plan: Plan) -> int:
    """How many of the new nodes are on-demand."""
    lifecycles = {one.key: one.lifecycle for one in problem.offerings}
    return sum(lifecycles[node.offering] == ON_DEMAND for node in plan.new_nodes)
