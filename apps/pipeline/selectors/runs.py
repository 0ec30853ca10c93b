"""A cluster's decisions, one by one."""

from uuid import UUID

from django.db.models import QuerySet

from ..models import PipelineRun

RECENT = 12


def run_of(cluster_id: UUID, run_id: UUID | None = None) -> PipelineRun | None:
    """One of a cluster's runs, the newest where none is named; None where there is no such run."""
    runs = PipelineRun.objects.filter(cluster=cluster_id)
    return (runs if run_id is None else runs.filter(pk=run_id)).order_by("-started_at").first()


def recent_runs(cluster_id: UUID) -> QuerySet[PipelineRun]:
    """The last few runs without what they said of each node."""
    runs = PipelineRun.objects.filter(cluster=cluster_id).order_by("-started_at")
    return runs.defer("decisions", "rejections")[:RECENT]
