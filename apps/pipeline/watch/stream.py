"""One cluster's stream: list its nodes, follow their changes, list again when in doubt."""

import random
import threading
import time

import structlog
from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import Counter

from apps.fleet.errors import WatchExpired
from apps.fleet.kube import Kube, kube_of
from apps.fleet.kube.port import NodeChange, SeenNode
from apps.fleet.models import Cluster
from atharva.api.problems import Problem

from .leases import LeaseLost, Leases
from .recording import NodeFacts, record, record_alive, record_gone, record_only, record_problem

# A watch that ends so often is a heartbeat too: a silent connection is never trusted for longer.
WATCH_SECONDS = 8
HEARTBEAT_SECONDS = 10.0
RELIST_SECONDS = 300.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0

LISTS = Counter("watch_lists", "Node lists made by watchers")
CHANGES = Counter("watch_changes", "Node changes received by watchers", ["kind"])

log = structlog.get_logger(__name__)


class ClusterStream(threading.Thread):
    """Follows a cluster's nodes until told to end, or until the lease is lost.

    A daemon: where the process ends, a thread that waits for the network must not hold it back. Every write
    is a transaction, so nothing is left half done.
    """

    def __init__(self, cluster: Cluster, leases: Leases) -> None:
        super().__init__(name=f"watch-{cluster.name}", daemon=True)
        self.cluster = cluster
        self._leases = leases
        self._ending = threading.Event()
        self._seen: dict[str, NodeFacts] = {}
        self._without_row: set[str] = set()
        self._alive_at = 0.0
        self._listed_at = 0.0

    def end(self) -> None:
        """Ask the thread to end; it does at the next change or at the end of its watch."""
        self._ending.set()

    def run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            try:
                self._follow(kube_of(self.cluster))
            except LeaseLost:
                log.warning("watch.lease_lost", cluster=self.cluster.name)
                return
            except WatchExpired:
                self._ending.wait(pause_after(1))
            except (Problem, DatabaseError) as error:
                failures = 1 if self._listed_at else failures + 1
                self._listed_at = 0.0
                self._report(error)
                self._ending.wait(pause_after(failures))
            finally:
                connection.close()

    def _follow(self, kube: Kube) -> None:
        """List once, then watch until the list is old enough to be made again."""
        version = self._list(kube)
        while not self._ending.is_set() and time.monotonic() - self._listed_at < RELIST_SECONDS:
            for change in kube.watch_nodes(version, seconds=WATCH_SECONDS):
                version = change.version or version
                self._take(change)
                if self._ending.is_set():
                    return
            self._write_missing()
            self._heartbeat()
            connection.close()

    def _list(self, kube: Kube) -> str:
        nodes, version = kube.nodes()
        LISTS.inc()
        self._seen = {node.name: NodeFacts.of(node) for node in nodes if node.instance_id}
        facts = self._seen.values()
        instance_ids = {fact.instance_id for fact in facts}
        with self._leases.writing(self.cluster.pk):
            self._without_row = instance_ids - record(self.cluster, facts)
            record_only(self.cluster, instance_ids)
            record_alive(self.cluster)
        self._listed_at = self._alive_at = time.monotonic()
        connection.close()
        return version

    def _take(self, change: NodeChange) -> None:
        CHANGES.labels(change.kind).inc()
        if change.node is not None and change.node.instance_id:
            if change.kind == "DELETED":
                self._forget(change.node)
            else:
                self._learn(NodeFacts.of(change.node))
        self._heartbeat()

    def _learn(self, facts: NodeFacts) -> None:
        # Most changes of a node are its kubelet's status reports, which say nothing new to us.
        if self._seen.get(facts.name) == facts:
            return
        self._seen[facts.name] = facts
        self._write([facts])

    def _forget(self, node: SeenNode) -> None:
        self._seen.pop(node.name, None)
        self._without_row.discard(node.instance_id)
        with self._leases.writing(self.cluster.pk):
            record_gone(self.cluster, [node.instance_id])
        connection.close()

    def _write_missing(self) -> None:
        """Nodes may join before discovery has heard of their instances: try those again."""
        missing = [facts for facts in self._seen.values() if facts.instance_id in self._without_row]
        if missing:
            self._write(missing)

    def _write(self, facts: list[NodeFacts]) -> None:
        asked = {fact.instance_id for fact in facts}
        with self._leases.writing(self.cluster.pk):
            known = record(self.cluster, facts)
        self._without_row = (self._without_row - known) | (asked - known)
        connection.close()

    def _heartbeat(self) -> None:
        if time.monotonic() - self._alive_at < HEARTBEAT_SECONDS:
            return
        with self._leases.writing(self.cluster.pk):
            record_alive(self.cluster)
        self._alive_at = time.monotonic()

    def _report(self, error: Exception) -> None:
        log.warning("watch.failed", cluster=self.cluster.name, error=str(error))
        if not isinstance(error, Problem):
            return
        try:
            with self._leases.writing(self.cluster.pk):
                record_problem(self.cluster, str(error))
        except (LeaseLost, DatabaseError) as failed:
            log.warning("watch.problem_not_recorded", cluster=self.cluster.name, error=str(failed))


def pause_after(failures: int) -> float:
    """Seconds to wait after the n-th failure in a row: doubling, with the upper half left to chance."""
    doubled = min(FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 8), LONGEST_PAUSE_SECONDS)
    return float(doubled * random.uniform(0.5, 1))
