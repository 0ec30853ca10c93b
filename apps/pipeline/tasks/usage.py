"""Sampling what workloads use."""

from uuid import UUID

from apps.fleet.models import Cluster
from celery_app import app

from ..rightsizing.looking import look_at


@app.task(queue="ingest")
def sweep_usage() -> None:
    for cluster_id in Cluster.objects.in_use().order_by("pk").values_list("pk", flat=True):
        sample_usage.apply_async((str(cluster_id),), expires=60)


@app.task(queue="ingest")
def sample_usage(cluster_id: str) -> None:
    look_at(UUID(cluster_id))
