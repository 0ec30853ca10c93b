"""One cluster's turn: look, store, and say how it went to whoever watches the ingestor."""

from time import monotonic
from uuid import UUID

import structlog
from django.utils import timezone

from apps.fleet.models import Cluster
from atharva.api.problems import Problem

from ..errors import AlreadyRunning
from ..health.activity import note
from ..health.heartbeats import beat
from ..locks import only_one
from ..statuses import ComponentKey
from .sampling import sample

KIND = "metric_ingestor"
log = structlog.get_logger(__name__)


def look_at(cluster_id: UUID) -> None:
    """Sample one cluster; a cluster that does not answer is said, and tried again at its next turn."""
    cluster = Cluster.objects.select_related("account").get(pk=cluster_id)
    begun = monotonic()
    try:
        with only_one(f"usage of cluster {cluster_id}"):
            sampled = sample(cluster, now=timezone.now())
    except AlreadyRunning:
        return
    except Problem as problem:
        beat(KIND, detail=problem.sentence)
        note(ComponentKey.METRIC_INGESTOR, f"{cluster.name}: {problem.sentence}", level="warning")
        log.warning("usage.not_sampled", cluster=cluster.name, why=problem.sentence)
        return
    if sampled.workloads is None:
        beat(KIND, detail=f"{cluster.name} has no metrics API")
        return
    beat(KIND, worked=True)
    took = monotonic() - begun
    text = f"Sampled {sampled.containers} containers of {sampled.workloads} workloads in {cluster.name}"
    note(ComponentKey.METRIC_INGESTOR, f"{text}, {took:.1f} s")
