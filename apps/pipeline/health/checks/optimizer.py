"""Clusters are decided in their time, and pods that wait are planned."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Subquery

from apps.fleet.models import Cluster

from ...decision.due import EVERY
from ...models import PipelineRun, PlacementPlan, PlacementRequest
from ...statuses import RequestState
from ..finding import Complaint, Finding, degraded
from ..processes import absent, slots_of
from ..wording import counted, named, span

SOLVER = "worker_solver"
WAIT = timedelta(seconds=30)
RECENTLY = timedelta(minutes=10)
PATIENCE = 2  # rounds that a cluster's decision may be late


def check(now: datetime) -> Finding:
    """The age of each cluster's last decision, the requests that wait, and the last plan's soundness."""
    run = PipelineRun.objects.order_by("-started_at").first()
    plan = PlacementPlan.objects.filter(created_at__gt=now - RECENTLY).first()
    waiting = PlacementRequest.objects.filter(finished_at=None).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    _, slots = slots_of(SOLVER, now)
    complaints = absent([SOLVER, "worker_default"], now)
    complaints += _late(now)
    complaints += _waiting(waiting["count"], waiting["oldest"], now)
    complaints += _unsound(plan, now)
    return Finding(
        _facts(run, plan, now),
        complaints,
        latency_ms=1000 * run.seconds if run else None,
        worked_at=max((at for at in (run and run.started_at, plan and plan.created_at) if at), default=None),
        next_at=run.started_at + EVERY if run else None,
        in_flight=waiting["count"],
        capacity=slots or None,
        unit="plans",
    )


def _facts(run: PipelineRun | None, plan: PlacementPlan | None, now: datetime) -> str:
    said = f"Last decision {span(now - run.started_at)} ago." if run else "No cluster has been decided yet."
    if plan:
        said += (
            f" Last plan: {counted(plan.pods, 'pod')}, {counted(len(plan.new_nodes), 'new node')},"
            f" gap {plan.gap:.1%}."
        )
    return said


def _late(now: datetime) -> Iterator[Complaint]:
    latest = PipelineRun.objects.filter(cluster=OuterRef("pk")).order_by("-started_at")
    clusters = (
        Cluster.objects.in_use()
        .filter(policy__isnull=False)
        .annotate(run_at=Subquery(latest.values("started_at")[:1]))
        .order_by("name")
    )
    late = [
        name
        for name, created_at, run_at in clusters.values_list("name", "created_at", "run_at")
        if now - (run_at or created_at) > PATIENCE * EVERY
    ]
    if late:
        yield degraded(f"No decision for {span(PATIENCE * EVERY)}: {named(late)}.")


def _waiting(count: int, oldest: datetime | None, now: datetime) -> Iterator[Complaint]:
    if oldest and now - oldest > WAIT:
        batches = counted(count, "batch of pods waits", "batches of pods wait")
        yield degraded(f"{batches} for a plan, the oldest for {span(now - oldest)}.")


def _unsound(plan: PlacementPlan | None, now: datetime) -> Iterator[Complaint]:
    if plan and plan.faults:
        yield degraded(f"The last plan failed the independent check: {plan.faults[0]}")
    failed = (
        PlacementRequest.objects.filter(state=RequestState.FAILED, finished_at__gt=now - RECENTLY)
        .order_by("-finished_at")
        .first()
    )
    if failed:
        yield degraded(
            f"A batch of {counted(failed.pods, 'pod')} could not be planned: {failed.problem_text}"
        )
