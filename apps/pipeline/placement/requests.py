"""Asking for a plan: the problem is stored, and a solver is woken once that is committed."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.fleet.kube.port import SeenPod
from apps.fleet.models import Cluster, Policy
from apps.pipeline.optimizer.model import Unplaced
from celery_app import app

from ..models import PlacementRequest
from ..statuses import PlanPurpose, RequestState
from .gathering import Gathered, problem_of
from .state import ClusterState
from .storing import packed

PLAN = "apps.pipeline.tasks.placement.plan_pods"
QUEUE = "solver"
# Above so many pods a plan has the policy's longer time.
BATCH_PODS = 2000
# What a worker may take beyond the solver's deadline: reading, checking and storing.
ALLOWANCE = timedelta(seconds=20)
# What a solver that was told in time would have taken up by now.
LATE = timedelta(seconds=2)
AT_ONCE = 20


def request_placement(
    cluster: Cluster,
    state: ClusterState,
    pods: Sequence[SeenPod],
    *,
    trigger: str,
    now: datetime,
    seen_at: datetime | None = None,
) -> PlacementRequest:
    """Have `pods`, which wait for a node, planned; done at once where nodes are being bought for all of them.

    The problem is of the cluster's present policy, whatever `cluster` has in memory. `seen_at`: when the
    first of them was seen, now where nothing is said.
    """
    known = Cluster.objects.select_related("policy", "account").get(pk=cluster.pk)
    gathered = problem_of(known, state, pods, now=now)
    refused = [pod.unschedulable_at for pod in pods if pod.unschedulable_at is not None]
    return store(
        known,
        gathered,
        purpose=PlanPurpose.PENDING,
        context={"trigger": trigger},
        now=now,
        seen_at=seen_at,
        unschedulable_at=min(refused, default=None),
    )


@transaction.atomic
def store(
    cluster: Cluster,
    gathered: Gathered,
    *,
    purpose: PlanPurpose,
    context: Mapping[str, Any],
    now: datetime,
    seen_at: datetime | None = None,
    unschedulable_at: datetime | None = None,
) -> PlacementRequest:
    """A request in the queue. Of pods that wait a solver is told on commit; who only asks has it planned."""
    pods = len(gathered.pods) + len(gathered.unplaced)
    waits = pods > 0 or purpose is not PlanPurpose.PENDING
    request = PlacementRequest.objects.create(
        cluster=cluster,
        purpose=purpose,
        pods=pods,
        problem=packed(gathered.problem),
        context={**_context(gathered), **context},
        state=RequestState.WAITING if waits else RequestState.DONE,
        unschedulable_at=unschedulable_at,
        seen_at=seen_at or now,
        created_at=now,
        finished_at=None if waits else now,
    )
    if waits and purpose is PlanPurpose.PENDING:
        transaction.on_commit(lambda: wake_solver(request), robust=True)
    return request


def wake_solver(request: PlacementRequest) -> None:
    """Without a broker the sweep finds the request a moment later."""
    limit = deadline_of(request.cluster.policy, request.pods) + ALLOWANCE
    app.send_task(PLAN, args=[str(request.pk)], queue=QUEUE, time_limit=math.ceil(limit.total_seconds()))


def wake_late(now: datetime) -> int:
    """Tell the solvers again of the oldest requests that nobody has taken up; how many those are."""
    late = unclaimed(now).filter(created_at__lt=now - LATE)
    found = list(late.select_related("cluster__policy").order_by("created_at")[:AT_ONCE])
    for request in found:
        wake_solver(request)
    return len(found)


def unclaimed(now: datetime) -> QuerySet[PlacementRequest]:
    """Those that no solver holds: new ones, and those whose solver died."""
    return PlacementRequest.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lte=now), finished_at=None
    )


def deadline_of(policy: Policy, pods: int) -> timedelta:
    """How long the solver may take for so many pods."""
    seconds = policy.solve_event_seconds if pods <= BATCH_PODS else policy.solve_batch_seconds
    return timedelta(seconds=seconds)


def _context(gathered: Gathered) -> dict[str, Any]:
    on_demand = gathered.on_demand
    return {
        "uids": {pod_id: pod.uid for pod_id, pod in gathered.pods.items()},
        "unplaced": [as_json(one) for one in gathered.unplaced],
        "notes": dict(gathered.notes),
        "bill_hourly_usd": str(gathered.bill),
        "on_demand": {
            "nodes": on_demand.nodes,
            "on_demand": on_demand.on_demand,
            "floor": on_demand.floor,
            "share_pct": on_demand.share_pct,
        },
    }


def as_json(unplaced: Unplaced) -> dict[str, str]:
    """A pod without a place, as it is stored and shown."""
    return {"pod": unplaced.pod, "because": str(unplaced.because), "detail": unplaced.detail}
