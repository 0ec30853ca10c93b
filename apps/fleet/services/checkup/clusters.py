"""The clusters: does the API answer, and is somebody watching?"""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from apps.fleet.kube import kube_of
from apps.fleet.models import Cluster
from atharva.api.problems import Problem

from .finding import Finding

# A watch stream writes that it is alive several times in this time.
WATCH_LIMIT = timedelta(minutes=2)


def check_clusters() -> Iterator[Finding]:
    """Two findings a cluster."""
    for cluster in Cluster.objects.in_use().select_related("account"):
        yield _check_api(cluster)
        yield _check_watcher(cluster)


def _check_api(cluster: Cluster) -> Finding:
    subject = f"cluster {cluster.name}"
    try:
        nodes, _ = kube_of(cluster).nodes()
    except Problem as problem:
        return Finding(subject, ok=False, detail=problem.sentence)
    return Finding(subject, ok=True, detail=f"answers, {len(nodes)} nodes")


def _check_watcher(cluster: Cluster) -> Finding:
    subject = f"watcher of {cluster.name}"
    advice = "Start `manage.py watch_clusters`, or look at its log."
    if cluster.watched_at is None:
        return Finding(subject, ok=False, detail=f"has never been heard of. {advice}")
    silent = timezone.now() - cluster.watched_at
    if silent > WATCH_LIMIT:
        return Finding(subject, ok=False, detail=f"silent for {round(silent.total_seconds())} s. {advice}")
    return Finding(subject, ok=True, detail=f"last heard of {round(silent.total_seconds())} s ago")
