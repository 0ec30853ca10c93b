"""Shares the clusters between the watchers that run, and keeps a stream for each of ours."""

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
from .leases import Leases
from .stream import ClusterStream

TICK_SECONDS = 2.0
LEAVE_SECONDS = 0.5

STREAMS = Gauge("watch_streams", "Clusters that this watcher follows")
log = structlog.get_logger(__name__)


class Supervisor:
    """Runs until `ending` is set. Several may run anywhere on the same database."""

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self._leases: Leases | None = None
        self._streams: dict[UUID, ClusterStream] = {}

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._tick()
                beat("watcher", worked=True, detail=f"{len(self._streams)} clusters")
            except (psycopg.Error, DatabaseError) as error:
                log.warning("watch.database_lost", error=str(error))
                self._abandon()
            finally:
                connection.close()
            STREAMS.set(len(self._streams))
            self._ending.wait(TICK_SECONDS)
        self._leave()

    def _tick(self) -> None:
        leases = self._leases = self._leases or Leases()
        watchers = leases.watchers()  # raises where the session is gone, and with it our leases
        clusters = {cluster.pk: cluster for cluster in _watchable()}
        for stream in self._streams.values():
            current = clusters.get(stream.cluster.pk)
            if current is None or access_identity(current) != access_identity(stream.cluster):
                stream.end()
        self._reap(leases)
        share = ceil(len(clusters) / max(watchers, 1))
        for stream in list(self._streams.values())[share:]:
            stream.end()
        self._take_more(leases, clusters, share)

    def _reap(self, leases: Leases) -> None:
        """Give back the clusters whose stream has ended."""
        for cluster_id, stream in list(self._streams.items()):
            if not stream.is_alive():
                del self._streams[cluster_id]
                leases.give_back(cluster_id)

    def _take_more(self, leases: Leases, clusters: dict[UUID, Cluster], share: int) -> None:
        free = [cluster_id for cluster_id in clusters if cluster_id not in self._streams]
        # In random order, so that watchers that start together do not ask for the same ones.
        random.shuffle(free)
        for cluster_id in free:
            if len(self._streams) >= share:
                return
            if leases.take(cluster_id):
                stream = self._streams[cluster_id] = ClusterStream(clusters[cluster_id], leases)
                stream.start()

    def _abandon(self) -> None:
        """The session is gone and so are the leases: whatever still runs may write no more."""
        for stream in self._streams.values():
            stream.end()
        self._streams.clear()
        if self._leases is not None:
            self._leases.close()
            self._leases = None

    def _leave(self) -> None:
        """End the streams that end quickly; the others die with the process, as do the leases."""
        for stream in self._streams.values():
            stream.end()
        until = time.monotonic() + LEAVE_SECONDS
        for stream in self._streams.values():
            stream.join(max(0.0, until - time.monotonic()))
        if self._leases is not None:
            self._leases.close()


def _watchable() -> list[Cluster]:
    """The clusters of tenants that are still with us, each with what it is reached by."""
    return list(Cluster.objects.in_use().select_related("account").order_by("name"))
