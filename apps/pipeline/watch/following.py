"""One cluster under our lease: two streams that feed one cache, and the planner that reads it."""

import threading
import time

from apps.fleet.models import Cluster

from .cache import ClusterCache
from .leases import Leases
from .nodes import NodeFeed
from .planner import Planner
from .pods import PodFeed
from .standing import Standing
from .stream import Stream


class ClusterWatch:
    """Neither stream waits for the other: what one cannot read does not blind the other."""

    def __init__(self, cluster: Cluster, leases: Leases) -> None:
        self.cluster = cluster
        self.cache = ClusterCache()
        self.was_asked_to_end = False
        self._ending = threading.Event()
        standing = Standing(cluster, leases)
        self._planner = Planner(cluster, leases, self.cache, self._ending)
        pods = PodFeed(cluster, leases, self.cache, self._planner)
        self._threads = (
            Stream(cluster, NodeFeed(cluster, leases, self.cache), standing, self._ending),
            Stream(cluster, pods, standing, self._ending),
            self._planner,
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Ask the threads to end; a stream does at its next change, or at the end of its watch."""
        self.was_asked_to_end = True
        self._ending.set()
        self._planner.wake()

    def is_alive(self) -> bool:
        """Whether any of it still runs, and may write."""
        return any(thread.is_alive() for thread in self._threads)

    def join(self, timeout: float) -> None:
        """Wait for the threads to end, all together no longer than that."""
        until = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
