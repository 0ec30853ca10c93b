"""A plan as its row: everything that pages and the API show of it."""

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from apps.fleet.models import Cluster
from apps.pipeline.optimizer.model import Plan, Problem

from ..models import PlacementPlan, PlacementRequest
from .alternatives import Alternatives
from .headroom import is_headroom
from .requests import as_json
from .storing import certificate_json

MICRO = Decimal("0.000001")


def row_of(
    request: PlacementRequest,
    cluster: Cluster,
    problem: Problem,
    plan: Plan,
    alternatives: Alternatives,
) -> PlacementPlan:
    """The plan under the id of its request, not stored yet; its state and what holds it are open."""
    return PlacementPlan(
        pk=request.pk,
        cluster=cluster,
        request=request,
        purpose=request.purpose,
        mode=cluster.policy.mode,
        pods=request.pods,
        placed_on_nodes=sum(not is_headroom(pod) for pods in plan.on_nodes.values() for pod in pods),
        price_hourly_usd=_usd(plan.price),
        cost_hourly_usd=_usd(plan.cost),
        bound_hourly_usd=_at_most(plan.bound),
        gap=plan.gap,
        first_cost_hourly_usd=_usd(plan.first.cost),
        first_seconds=plan.first.seconds,
        seconds=plan.seconds,
        method=plan.method,
        new_nodes=_new_nodes(problem, plan, alternatives),
        on_nodes={name: list(pods) for name, pods in plan.on_nodes.items() if pods},
        unplaced=_unplaced(request, plan),
        resources=list(problem.resources),
        certificate=certificate_json(plan.certificate) if plan.certificate is not None else None,
        unschedulable_at=request.unschedulable_at,
        seen_at=request.seen_at,
    )


def _new_nodes(problem: Problem, plan: Plan, alternatives: Alternatives) -> list[dict[str, Any]]:
    offerings = {one.key: one for one in problem.offerings}
    found = []
    for node in plan.new_nodes:
        offering = offerings[node.offering]
        found.append(
            {
                "pool": offering.key,
                "type": offering.instance_type,
                "zone": offering.zone,
                "lifecycle": offering.lifecycle,
                "price": offering.price,
                "cost": offering.cost,
                "capacity": list(offering.capacity),
                "used": list(alternatives.used(node)),
                "pods": list(node.pods),
            }
        )
    return found


def _unplaced(request: PlacementRequest, plan: Plan) -> list[dict[str, str]]:
    """The pods without a place; where the policy has to do with it, that is said as well."""
    notes: dict[str, str] = request.context["notes"]
    ours = [as_json(one) for one in plan.unplaced if not is_headroom(one.pod)]
    for one in ours:
        if note := notes.get(one["pod"]):
            one["detail"] = f"{one['detail']} {note}"
    return [*request.context["unplaced"], *ours]


def _at_most(amount: float) -> Decimal:
    """A bound that is rounded stays one."""
    return Decimal(str(amount)).quantize(MICRO, ROUND_FLOOR)


def _usd(amount: float) -> Decimal:
    return Decimal(str(round(amount, 6)))
