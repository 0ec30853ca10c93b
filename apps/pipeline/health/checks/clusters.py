"""Every cluster is watched, and what is under way in it moves on."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from apps.fleet.kube import kube_of
from apps.fleet.models import Cluster, Launch, Switch
from atharva.api.problems import Problem

from ..finding import Complaint, Finding, critical, degraded
from ..processes import absent, slots_of
from ..wording import counted, named, span

PROCESSES = ("watcher", "interruptions", "worker_switches")
LIMIT_MS = 2000.0
UNHEARD = timedelta(seconds=45)
STUCK = timedelta(minutes=1)


def check(now: datetime) -> Finding:
    """When each cluster was last heard, a round trip to one of them, and steps that nobody takes."""
    clusters = list(Cluster.objects.in_use().select_related("account", "client").order_by("name"))
    well = [cluster for cluster in clusters if not cluster.problem and not _is_unheard(cluster, now)]
    busy, slots = slots_of("worker_switches", now)
    heard = max((cluster.watched_at for cluster in clusters if cluster.watched_at), default=None)
    open_switches = Switch.objects.filter(finished_at=None)
    moving = counted(open_switches.count(), "switch", "switches")
    complaints = absent(PROCESSES, now)
    complaints += _unheard(clusters, now)
    complaints += _stuck("switches", open_switches, now)
    complaints += _stuck("launches", Launch.objects.open(), now)
    return Finding(
        f"Watching {counted(len(well), 'cluster')}, {moving} under way."
        if clusters
        else "No cluster is connected yet.",
        complaints,
        latency_ms=_round_trip(well, now),
        limit_ms=LIMIT_MS,
        worked_at=heard,
        in_flight=busy,
        capacity=slots or None,
        unit="steps",
    )


def _is_unheard(cluster: Cluster, now: datetime) -> bool:
    return now - (cluster.watched_at or cluster.created_at) > UNHEARD


def _unheard(clusters: Sequence[Cluster], now: datetime) -> Iterator[Complaint]:
    silent = [cluster.name for cluster in clusters if _is_unheard(cluster, now)]
    if clusters and len(silent) == len(clusters):
        yield critical(f"No cluster has been heard for {span(UNHEARD)}: {named(silent)}.")
    elif silent:
        yield degraded(f"Not heard for {span(UNHEARD)}: {named(silent)}.")
    for cluster in clusters:
        if cluster.problem:
            yield degraded(f"{cluster.name}: {cluster.problem}")


def _stuck(what: str, rows: QuerySet[Switch] | QuerySet[Launch], now: datetime) -> Iterator[Complaint]:
    late = rows.filter(look_again_at__lt=now - STUCK).count()
    if late:
        yield degraded(f"{late} {what} wait for {span(STUCK)} and longer for their next step.")


def _round_trip(clusters: Sequence[Cluster], now: datetime) -> float | None:
    """Milliseconds that one of the clusters takes to answer, another at each check; None where none does.

    Those that do not answer their watcher are not asked: their complaint is made already.
    """
    if not clusters:
        return None
    cluster = clusters[int(now.timestamp()) % len(clusters)]
    began = time.perf_counter()
    try:
        kube_of(cluster).version()
    except Problem:
        return None
    return 1000 * (time.perf_counter() - began)
