"""Asks for a plan for the pods of a cluster that no node takes: batch by batch, in a thread of its own."""

import threading
import time
from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone
from prometheus_client import Histogram

from apps.fleet.models import Cluster
from atharva.api.problems import Problem

from ..placement.requests import request_placement
from .batching import closes_at
from .cache import ClusterCache
from .claims import Bound, bound
from .leases import LeaseLost, Leases
from .surroundings import Lookout, helped, is_placing, is_solving
from .turns import Due, Turns

# How often to look whether something has changed for pods that wait.
LOOK_SECONDS = 3.0
# While a batch stays open for the solver's sake, how often to ask whether it is free.
POLL_SECONDS = 0.05
# Pods that are helped already, or that are not ours to help, are looked at again after so long.
AGAIN_SECONDS = 10.0
TRIGGER = "watch"

REQUESTED_SECONDS = Histogram(
    "watch_plan_requested_seconds",
    "From the turn of a batch's first pod to the stored request for a plan",
    buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10),
)
BATCH_PODS = Histogram("watch_batch_pods", "Pods in a batch", buckets=(1, 3, 10, 30, 100, 300, 1000, 3000))

log = structlog.get_logger(__name__)


class Planner(threading.Thread):
    """Plans until `ending` is set. A request takes a moment to build: whoever comes then is the next batch.

    The pods' stream tells who comes and who leaves; what it does not tell is found again by its next list.
    """

    def __init__(
        self, cluster: Cluster, leases: Leases, cache: ClusterCache, ending: threading.Event
    ) -> None:
        super().__init__(name=f"planner-{cluster.name}", daemon=True)
        self._cluster = cluster
        self._leases = leases
        self._cache = cache
        self._ending = ending
        self._lock = threading.Lock()
        self._turns = Turns()
        self._news = threading.Event()
        self._lookout = Lookout(cluster)
        self._look_at = 0.0

    # ------------------------------------------------------- told by the streams

    def came(self, pod: str) -> bool:
        """The scheduler has refused a pod; whether that is news."""
        with self._lock:
            is_news = self._turns.came(pod, time.monotonic())
        if is_news:
            self._news.set()
        return is_news

    def left(self, pod: str) -> None:
        """A pod waits no more."""
        with self._lock:
            self._turns.left(pod)

    def only(self, pods: Iterable[str]) -> None:
        """These wait and no others."""
        with self._lock:
            self._turns.only(pods, time.monotonic())
        self._news.set()

    def wake(self) -> None:
        """Let the thread see at once that it is over."""
        self._news.set()

    # -------------------------------------------------------------------- within

    def run(self) -> None:
        try:
            self._run()
        finally:
            # Whatever ended this thread ends the cluster's others, and the supervisor begins anew.
            self._ending.set()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._advance()
            except LeaseLost:
                return
            except (Problem, DatabaseError) as error:
                log.warning("planner.failed", cluster=self._cluster.name, error=str(error))
                self._ending.wait(LOOK_SECONDS)
            finally:
                connection.close()

    def _advance(self) -> None:
        """Plan the batch that is due; else wait for what comes first."""
        self._news.clear()
        self._look_around()
        now = time.monotonic()
        with self._lock:
            due, next_at = self._turns.due(now), self._turns.next_at()
        if next_at is None:
            self._wait(self._news, LOOK_SECONDS)
        elif due is None or not self._cache.is_whole:
            self._wait(self._news, min(max(next_at - now, POLL_SECONDS), LOOK_SECONDS))
        elif (left := self._closes_in(due, now)) > 0:
            self._wait(self._ending, left)
        else:
            self._plan(due)

    def _wait(self, event: threading.Event, seconds: float) -> None:
        # There are many planners, most of them waiting: none keeps a connection meanwhile.
        connection.close()
        event.wait(seconds)

    def _closes_in(self, due: Due, now: float) -> float:
        """Seconds until the batch closes, at most until it is to be asked again."""
        soonest = closes_at(due.first_at, due.last_at, is_solving=False) - now
        latest = closes_at(due.first_at, due.last_at, is_solving=True) - now
        if soonest > 0 or latest <= 0:
            return soonest
        return min(latest, POLL_SECONDS) if is_solving(self._cluster, timezone.now()) else 0.0

    def _plan(self, due: Due) -> None:
        """Ask for a plan for those who are due and whom nobody helps yet."""
        if not is_placing(self._cluster):
            self._put_off(due.pods)
            return
        others = helped(self._cluster)
        self._put_off(others & due.pods)
        ours = due.pods - others
        waiting = [pod for pod in self._cache.unschedulable() if pod.uid in ours]
        try:
            if (ready := bound(self._cluster, waiting)).pods:
                self._request(ready, due.first_at)
        finally:
            # Also where it failed: what fails for them fails again, and must not hold the others up.
            with self._lock:
                self._turns.asked(ours, time.monotonic())

    def _request(self, ready: Bound, due_at: float) -> None:
        now = timezone.now()
        seen_at = now - timedelta(seconds=time.monotonic() - due_at)
        state = self._cache.state(now, ready.zones)
        with self._leases.writing(self._cluster.pk):
            request_placement(self._cluster, state, ready.pods, trigger=TRIGGER, now=now, seen_at=seen_at)
        BATCH_PODS.observe(len(ready.pods))
        REQUESTED_SECONDS.observe(time.monotonic() - due_at)

    def _put_off(self, pods: Iterable[str]) -> None:
        with self._lock:
            self._turns.put_off(pods, time.monotonic() + AGAIN_SECONDS)

    def _look_around(self) -> None:
        """Bring the turns forward of pods for whom something has changed."""
        now = time.monotonic()
        if now < self._look_at or not self._turns:
            return
        self._look_at = now + LOOK_SECONDS
        news = self._lookout.news(timezone.now())
        with self._lock:
            if news.policy:
                self._turns.restart(now)
            elif news.market:
                self._turns.hurry_all(now)
            else:
                self._turns.hurry(news.given_up, now)
