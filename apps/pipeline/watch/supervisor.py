"""Shares the clusters between the watchers that run, and follows each of ours."""

import random
import threading
import time
from math import ceil
from uuid import UUID

import psycopg
import structlog
from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import Gauge

from apps.fleet.kube import access_identity
from apps.fleet.models import Cluster

from ..health.heartbeats import beat
from .following import ClusterWatch
from .leases import Leases

TICK_SECONDS = 2.0
LEAVE_SECONDS = 0.5
REST_SECONDS = 15.0

WATCHES = Gauge("watch_clusters", "Clusters that this watcher follows")
log = structlog.get_logger(__name__)


class Supervisor:
    """Runs until `ending` is set. Several may run anywhere on the same database."""

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self._leases: Leases | None = None
        self._watches: dict[UUID, ClusterWatch] = {}
        self._resting: dict[UUID, float] = {}

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._tick()
                beat("watcher", worked=True, detail=f"{len(self._watches)} clusters")
            except (psycopg.Error, DatabaseError) as error:
                log.warning("watch.database_lost", error=str(error))
                self._abandon()
            finally:
                connection.close()
            WATCHES.set(len(self._watches))
            self._ending.wait(TICK_SECONDS)
        self._leave()

    def _tick(self) -> None:
        leases = self._leases = self._leases or Leases()
        watchers = leases.watchers()  # raises where the session is gone, and with it our leases
        clusters = {cluster.pk: cluster for cluster in _watchable()}
        for watch in self._watches.values():
            current = clusters.get(watch.cluster.pk)
            if current is None or access_identity(current) != access_identity(watch.cluster):
                watch.end()
        self._reap(leases)
        share = ceil(len(clusters) / max(watchers, 1))
        for watch in list(self._watches.values())[share:]:
            watch.end()
        self._take_more(leases, clusters, share)

    def _reap(self, leases: Leases) -> None:
        """Give back the clusters whose watch has ended; one that nobody asked to end rests a while."""
        for cluster_id, watch in list(self._watches.items()):
            if not watch.is_alive():
                del self._watches[cluster_id]
                leases.give_back(cluster_id)
                if not watch.was_asked_to_end:
                    self._resting[cluster_id] = time.monotonic() + REST_SECONDS

    def _take_more(self, leases: Leases, clusters: dict[UUID, Cluster], share: int) -> None:
        now = time.monotonic()
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        free = [key for key in clusters if key not in self._watches and key not in self._resting]
        # In random order, so that watchers that start together do not ask for the same ones.
        random.shuffle(free)
        for cluster_id in free:
            if len(self._watches) >= share:
                return
            if leases.take(cluster_id):
                watch = self._watches[cluster_id] = ClusterWatch(clusters[cluster_id], leases)
                watch.start()

    def _abandon(self) -> None:
        """The session is gone and so are the leases: whatever still runs may write no more."""
        for watch in self._watches.values():
            watch.end()
        self._watches.clear()
        if self._leases is not None:
            self._leases.close()
            self._leases = None

    def _leave(self) -> None:
        """End what ends quickly; the rest dies with the process, as do the leases."""
        for watch in self._watches.values():
            watch.end()
        until = time.monotonic() + LEAVE_SECONDS
        for watch in self._watches.values():
            watch.join(max(0.0, until - time.monotonic()))
        if self._leases is not None:
            self._leases.close()


def _watchable() -> list[Cluster]:
    """The clusters of tenants that are still with us, each with what it is reached by."""
    return list(Cluster.objects.in_use().select_related("account").order_by("name"))
