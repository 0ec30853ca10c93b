"""A cluster's pods: into the cache, and to the planner as soon as one finds no node."""

import time
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone
from prometheus_client import Histogram

from apps.fleet.kube import Kube
from apps.fleet.kube.port import PodChange, SeenPod
from apps.fleet.models import Cluster

from .autoscalers import AutoscalerSeen, autoscaler_among
from .cache import ClusterCache, waits
from .leases import Leases
from .planner import Planner
from .recording import record_autoscaler

SEEN_SECONDS = Histogram(
    "watch_pod_refused_seen_seconds",
    "From the scheduler's refusal of a pod (known to the second) to the watcher's sight of it",
    buckets=(0.5, 1, 1.5, 2, 3, 5, 10, 30),
)


class PodFeed:
    """See stream.Feed."""

    what = "pods"

    def __init__(self, cluster: Cluster, leases: Leases, cache: ClusterCache, planner: Planner) -> None:
        self._cluster = cluster
        self._leases = leases
        self._cache = cache
        self._planner = planner
        self._autoscaler = AutoscalerSeen(cluster.autoscaler)

    def read(self, kube: Kube) -> str:
        pods, version = kube.pods()
        self._cache.only_pods(pods)
        # Before anybody plans: where another autoscaler runs, the policy may leave the pods to it.
        self._look_for_autoscaler()
        self._planner.only(pod.uid for pod in self._cache.unschedulable())
        return version

    def watch(self, kube: Kube, version: str, *, seconds: int) -> Iterator[PodChange]:
        return kube.watch_pods(version, seconds=seconds)

    def take(self, change: PodChange) -> None:
        pod = change.pod
        if pod is None:
            return
        if change.kind == "DELETED" or pod.is_finished:
            self._cache.drop_pod(pod.uid)
            self._planner.left(pod.uid)
        else:
            self._cache.put_pod(pod)
            self._tell(pod)

    def rest(self, kube: Kube) -> None:
        self._look_for_autoscaler()

    def _tell(self, pod: SeenPod) -> None:
        if not waits(pod):
            self._planner.left(pod.uid)
        elif self._planner.came(pod.uid) and pod.unschedulable_at is not None:
            SEEN_SECONDS.observe((timezone.now() - pod.unschedulable_at).total_seconds())

    def _look_for_autoscaler(self) -> None:
        state = self._cache.state(timezone.now())
        found = autoscaler_among(state.pods, state.nodes)
        if self._autoscaler.is_news(found, time.monotonic()):
            with self._leases.writing(self._cluster.pk):
                record_autoscaler(self._cluster, found)
            connection.close()
