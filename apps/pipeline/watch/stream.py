"""One stream of a cluster's changes: list, follow, and list again when in doubt."""

import random
import threading
import time
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

import structlog
from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import Counter

from apps.fleet.errors import WatchExpired
from apps.fleet.kube import Kube, kube_of
from apps.fleet.models import Cluster
from atharva.api.problems import Problem

from ..health.activity import note
from ..statuses import ComponentKey
from .leases import LeaseLost
from .standing import Standing

# A watch that ends so often is a heartbeat too: a silent connection is never trusted for longer.
WATCH_SECONDS = 8
RELIST_SECONDS = 300.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0

LISTS = Counter("watch_lists", "Lists made by watchers", ["what"])
CHANGES = Counter("watch_changes", "Changes received by watchers", ["what", "kind"])

log = structlog.get_logger(__name__)


class Change(Protocol):
    """A watch event: ADDED, MODIFIED, DELETED or BOOKMARK."""

    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> str: ...


C = TypeVar("C", bound=Change)


class Feed(Protocol[C]):
    """One kind of object: how it is listed and watched, and where that goes.

    Any method may raise what the port raises, and LeaseLost.
    """

    what: str

    def read(self, kube: Kube) -> str:
        """Take in everything there is; the version from which it is watched."""

    def watch(self, kube: Kube, version: str, *, seconds: int) -> Iterator[C]:
        """The changes since `version`. Raises WatchExpired."""

    def take(self, change: C) -> None:
        """Take in one change."""

    def rest(self, kube: Kube) -> None:
        """Do what is due between two watches."""


class Stream(threading.Thread, Generic[C]):
    """Feeds one kind until `ending` is set. Losing the lease sets it: that ends all that the cluster has.

    A daemon: where the process ends, a thread that waits for the network must not hold it back. Every write
    is a transaction, so nothing is left half done.
    """

    def __init__(self, cluster: Cluster, feed: Feed[C], standing: Standing, ending: threading.Event) -> None:
        super().__init__(name=f"{feed.what}-{cluster.name}", daemon=True)
        self._cluster = cluster
        self._feed = feed
        self._standing = standing
        self._ending = ending
        self._version = ""
        self._list_again_at = 0.0
        self._failures = 0

    def run(self) -> None:
        try:
            self._run()
        finally:
            # Whatever ended this thread ends the cluster's others, and the supervisor begins anew.
            self._ending.set()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._follow(kube_of(self._cluster))
            except LeaseLost:
                log.warning("watch.lease_lost", cluster=self._cluster.name)
                return
            except WatchExpired:
                self._version = ""
                self._ending.wait(pause_after(1))
            except (Problem, DatabaseError) as error:
                self._fail(error)
            finally:
                connection.close()

    def _follow(self, kube: Kube) -> None:
        """List where that is due, then watch until the server ends it."""
        if not self._version or time.monotonic() >= self._list_again_at:
            self._list(kube)
        for change in self._feed.watch(kube, self._version, seconds=WATCH_SECONDS):
            CHANGES.labels(self._feed.what, change.kind).inc()
            self._feed.take(change)
            # Only what has been taken in need not come again.
            self._version = change.version or self._version
            self._succeed()
            if self._ending.is_set():
                return
        self._feed.rest(kube)
        self._succeed()

    def _list(self, kube: Kube) -> None:
        began = time.monotonic()
        self._version = self._feed.read(kube)
        now = time.monotonic()
        self._list_again_at = now + RELIST_SECONDS * random.uniform(0.8, 1)
        LISTS.labels(self._feed.what).inc()
        self._succeed()
        text = f"Listed the {self._feed.what} of {self._cluster.name} in {now - began:.1f} s"
        note(ComponentKey.K8S_CONTROLLER, text)
        # A watch lasts longer than it needs the database, and there are many.
        connection.close()

    def _succeed(self) -> None:
        self._failures = 0
        self._standing.heard(self._feed.what)

    def _fail(self, error: Exception) -> None:
        self._failures += 1
        if self._failures > 1:
            self._version = ""
        self._standing.lost(self._feed.what, error)
        self._ending.wait(pause_after(self._failures))


def pause_after(failures: int) -> float:
    """Seconds to wait after the n-th failure in a row: doubling, with the upper half left to chance."""
    doubled = min(FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 8), LONGEST_PAUSE_SECONDS)
    return float(doubled * random.uniform(0.5, 1))
