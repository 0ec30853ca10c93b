"""Whether a cluster is heard, in its row: several streams write it, and none speaks for another."""

import threading
import time

import structlog
from django.db import Error as DatabaseError
from django.db import connection

from apps.fleet.models import Cluster
from atharva.api.problems import Problem

from .leases import LeaseLost, Leases
from .recording import record_heard, record_problem

HEARTBEAT_SECONDS = 10.0

log = structlog.get_logger(__name__)


class Standing:
    """How the streams of one cluster fare. Any thread may tell it; it writes only while the lease is ours."""

    def __init__(self, cluster: Cluster, leases: Leases) -> None:
        self._cluster = cluster
        self._leases = leases
        self._lock = threading.Lock()
        self._problems: dict[str, str] = {}
        self._written_at = 0.0

    def heard(self, what: str) -> None:
        """A stream has been answered. Written at once where it had a problem. Raises LeaseLost."""
        with self._lock:
            recovered = self._problems.pop(what, "")
            now = time.monotonic()
            if not recovered and now - self._written_at < HEARTBEAT_SECONDS:
                return
            with self._leases.writing(self._cluster.pk):
                record_heard(self._cluster, problem=next(iter(self._problems.values()), ""))
            self._written_at = now
        connection.close()

    def lost(self, what: str, error: Exception) -> None:
        """A stream has failed; it says so in the cluster's row unless it is our own database that failed."""
        log.warning("watch.failed", cluster=self._cluster.name, stream=what, error=str(error))
        if not isinstance(error, Problem):
            return
        with self._lock:
            self._problems[what] = str(error)
            try:
                with self._leases.writing(self._cluster.pk):
                    record_problem(self._cluster, str(error))
            except (LeaseLost, DatabaseError) as failed:
                log.warning("watch.problem_not_recorded", cluster=self._cluster.name, error=str(failed))
        connection.close()
