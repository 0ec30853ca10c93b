"""How long the loops' own records are kept."""

from datetime import datetime, timedelta

from .models import PipelineRun

# Runs in which nothing should move say little after a week; the others tell why nodes moved.
QUIET_RUNS = timedelta(days=7)
RUNS = timedelta(days=90)


def forget_runs(now: datetime) -> int:
    """Delete runs past their time; how many those were."""
    old = PipelineRun.objects.filter(started_at__lt=now - RUNS)
    quiet = PipelineRun.objects.filter(started_at__lt=now - QUIET_RUNS, moves=0)
    return sum(runs.delete()[0] for runs in (old, quiet))
