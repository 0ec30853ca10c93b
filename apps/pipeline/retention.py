"""How long the loops' own records are kept."""

from datetime import datetime, timedelta

from .models import Consolidation, PipelineRun, PlacementPlan, PlacementRequest

# Runs in which nothing should move say little after a week; the others tell why nodes moved.
QUIET_RUNS = timedelta(days=7)
RUNS = timedelta(days=90)
PLANS, PROBLEMS = timedelta(days=90), timedelta(days=7)
CONSOLIDATIONS = timedelta(days=30)


def forget_runs(now: datetime) -> int:
    """Delete runs past their time; how many those were."""
    old = PipelineRun.objects.filter(started_at__lt=now - RUNS)
    quiet = PipelineRun.objects.filter(started_at__lt=now - QUIET_RUNS, moves=0)
    return sum(runs.delete()[0] for runs in (old, quiet))


def forget_plans(now: datetime) -> int:
    """Delete plans past their time, and the problems of those that nobody will check again; how many rows."""
    plans = PlacementPlan.objects.filter(created_at__lt=now - PLANS)
    # A plan outlives its request: the problem is by far the largest part of both.
    requests = PlacementRequest.objects.filter(created_at__lt=now - PROBLEMS, finished_at__isnull=False)
    return sum(rows.delete()[0] for rows in (plans, requests))


def forget_consolidations(now: datetime) -> int:
    """Delete looks for fewer nodes past their time; how many those were."""
    return Consolidation.objects.filter(created_at__lt=now - CONSOLIDATIONS).delete()[0]
