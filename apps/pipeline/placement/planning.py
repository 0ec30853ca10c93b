"""A request is claimed, solved, checked, stored and carried out; acknowledged with its plan or not at all."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.fleet.models import Cluster
from apps.pipeline.optimizer.model import Exclusion, Plan, Problem
from apps.pipeline.verification import check_bound, check_plan
from atharva.live import publish_to_client

from ..health.activity import note
from ..models import PlacementPlan, PlacementRequest
from ..statuses import ComponentKey, PlanPurpose, PlanState, RequestState
from .alternatives import Alternatives
from .answering import answer, on_demand_of
from .carrying import carry_out
from .holding import holds_of
from .recording import row_of
from .requests import ALLOWANCE, deadline_of, unclaimed
from .storing import packed, unpacked

log = structlog.get_logger(__name__)

MOST_TRIES = 3
# What a plan is improved to, if there is time. Where a solver has died of it, the first answer is taken.
SMALL_GAP, ANY_GAP = 0.01, 1.0
# What passes of a deadline once a request is solved, in storing it; the solver has a part anyway. That one is
# small: where pods go on coming, the next ones wait until these are planned, and have the same deadline.
AROUND, LEAST_PART = timedelta(seconds=0.35), 0.2
# Whoever still waits by then is asked for anew, as the cluster is then.
HOLDS = timedelta(minutes=5)
DIED = "The solver ended {tries} times while it worked on it. Its pods are asked for anew."
TOO_OLD = "It waited for a solver for {minutes} minutes. Its pods are asked for anew."


def plan_request(request_id: UUID) -> PlacementPlan | None:
    """Plan one request; None where it is planned already, another solver holds it, or it has been given up.

    Safe to run twice, by two workers, or after a crash at any line.
    """
    request = _claim(request_id, timezone.now())
    if request is None:
        return None
    with structlog.contextvars.bound_contextvars(request=str(request.pk), cluster=str(request.cluster_id)):
        if request.tries > MOST_TRIES:
            _give_up(request, DIED.format(tries=MOST_TRIES))
            return None
        age = timezone.now() - request.created_at
        if age > HOLDS:
            _give_up(request, TOO_OLD.format(minutes=int(age.total_seconds() // 60)))
            return None
        problem, plan = answer(
            unpacked(bytes(request.problem)),
            on_demand_of(request.context),
            seconds=_seconds_left(request),
            gap=SMALL_GAP if request.tries == 1 else ANY_GAP,
        )
        faults = check_plan(problem, plan)
        if faults:
            log.error("plan_faulty", faults=faults[:5])
        return _store(request, problem, _as_proven(problem, plan), faults)


def _as_proven(problem: Problem, plan: Plan) -> Plan:
    """The plan with the bound that it was found with, or with none where the check does not find it proven.

    The packing is sound all the same: pods do not wait for a proof.
    """
    doubts = check_bound(problem, plan)
    if not doubts:
        return plan
    log.error("bound_unproven", doubts=doubts[:5])
    return replace(plan, bound=0.0, gap=1.0 if plan.cost else 0.0, certificate=None)


def _claim(request_id: UUID, now: datetime) -> PlacementRequest | None:
    """Compare-and-set: of two solvers one gets it. The lease outlives the deadline by what storing takes."""
    request = PlacementRequest.objects.select_related("cluster__policy").filter(pk=request_id).first()
    if request is None:
        return None
    until = now + deadline_of(request.cluster.policy, request.pods) + ALLOWANCE
    won = (
        unclaimed(now)
        .filter(pk=request_id)
        .update(state=RequestState.SOLVING, claimed_until=until, tries=F("tries") + 1)
    )
    if not won:
        return None
    request.refresh_from_db(fields=["state", "claimed_until", "tries"])
    return request


def _seconds_left(request: PlacementRequest) -> float:
    """Of the policy's deadline. For pods that wait it is of the whole way, from the watcher's sight on."""
    whole = deadline_of(request.cluster.policy, request.pods)
    if request.purpose != PlanPurpose.PENDING:
        return whole.total_seconds()
    left = whole - AROUND - (timezone.now() - (request.seen_at or request.created_at))
    return max(left, whole * LEAST_PART).total_seconds()


def _give_up(request: PlacementRequest, why: str) -> None:
    log.error("request_given_up", why=why)
    PlacementRequest.objects.filter(pk=request.pk, finished_at=None).update(
        state=RequestState.FAILED, finished_at=timezone.now(), problem_text=why
    )


@transaction.atomic
def _store(
    request: PlacementRequest, problem: Problem, plan: Plan, faults: list[str]
) -> PlacementPlan | None:
    """Plan, launches and acknowledgement are stored together."""
    now = timezone.now()
    mine = PlacementRequest.objects.filter(pk=request.pk, tries=request.tries, finished_at=None)
    if not mine.update(
        state=RequestState.DONE,
        finished_at=now,
        problem=packed(problem),
    ):
        return None  # the lease ran out, and another solver was faster
    cluster = Cluster.objects.select_related("policy", "account").get(pk=request.cluster_id)
    alternatives = Alternatives(problem)
    row = row_of(request, cluster, problem, plan, alternatives)
    row.faults, row.created_at = faults, now
    row.held_by = holds_of(cluster, PlanPurpose(request.purpose), faults, now)
    row.state = PlanState.RECORDED
    if not row.held_by:
        launches, left_out = carry_out(
            cluster, request, row.pk, plan.new_nodes, alternatives, reason=_reason(row, len(plan.new_nodes))
        )
        row.state = PlanState.RUNNING if launches else PlanState.DONE
        row.finished_at = None if launches else now
        row.held_by = _left_out(left_out)
    row.held_by += _capped(row, cluster, request)
    row.save(force_insert=True)
    transaction.on_commit(lambda: _announce(row, cluster))
    _tell(row, cluster, faults)
    log.info("plan_stored", plan=str(row.pk), state=row.state, nodes=len(row.new_nodes), gap=row.gap)
    return row


def _tell(row: PlacementPlan, cluster: Cluster, faults: list[str]) -> None:
    nodes = f"{len(row.new_nodes)} new nodes, gap {100 * row.gap:.1f} %, {row.seconds:.1f} s"
    note(
        ComponentKey.COST_OPTIMIZER,
        f"Planned {row.pods} pods of {cluster.name}: {nodes}",
        level="error" if faults else "info",
    )


def _left_out(number: int) -> list[str]:
    if not number:
        return []
    nodes = "1 node is" if number == 1 else f"{number} nodes are"
    return [f"{nodes} not bought: another plan has provided for their pods since."]


def _capped(row: PlacementPlan, cluster: Cluster, request: PlacementRequest) -> list[str]:
    waiting = sum(one["because"] == Exclusion.CAP for one in row.unplaced)
    if not waiting:
        return []
    pods = "1 pod waits" if waiting == 1 else f"{waiting} pods wait"
    bill = Decimal(request.context["bill_hourly_usd"])
    cap = cluster.policy.max_price_hourly_usd
    return [f"{pods}: the cluster costs ${bill:.4f}/h, and its cap is ${cap:.4f}/h."]


def _reason(row: PlacementPlan, nodes: int) -> str:
    """Why its nodes are bought, in a sentence with the numbers."""
    pods = "1 pod waits" if row.pods == 1 else f"{row.pods} pods wait"
    bought = "1 node" if nodes == 1 else f"{nodes} nodes"
    return (
        f"{pods} for a node: {bought} at ${row.price_hourly_usd:.4f}/h, proven within {100 * row.gap:.1f} % "
        "of the least possible cost."
    )


def _announce(row: PlacementPlan, cluster: Cluster) -> None:
    publish_to_client(
        cluster.client_id,
        "plan_stored",
        cluster_id=cluster.pk,
        plan_id=row.pk,
        purpose=row.purpose,
        state=row.state,
        label=PlanState(row.state).label,
        tone=PlanState(row.state).tone,
        pods=row.pods,
        new_nodes=len(row.new_nodes),
        unplaced=len(row.unplaced),
    )
