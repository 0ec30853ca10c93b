"""Things that happen later: one thread, one heap."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any


class Scheduler:
    """Runs jobs at their time, one after another, holding the world's lock."""

    def __init__(self, lock: threading.RLock) -> None:
        self._world_lock = lock
        self._jobs: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._stopped = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="sandbox-scheduler", daemon=True).start()

    def stop(self) -> None:
        with self._wake:
            self._stopped = True
            self._wake.notify()

    def after(self, seconds: float, job: Callable[..., Any], *args: Any) -> None:
        """Run `job(*args)` that many seconds from now."""
        with self._wake:
            heapq.heappush(self._jobs, (time.monotonic() + seconds, next(self._order), job, args))
            self._wake.notify()

    def _run(self) -> None:
        try:
            while due := self._next():
                job, args = due
                with self._world_lock:
                    job(*args)
        finally:
            # A job that failed is reported by the thread's excepthook; the others must still happen.
            if not self._stopped:
                self.start()

    def _next(self) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
        with self._wake:
            while not self._stopped:
                wait = self._jobs[0][0] - time.monotonic() if self._jobs else None
                if wait is not None and wait <= 0:
                    _, _, job, args = heapq.heappop(self._jobs)
                    return job, args
                self._wake.wait(wait)
        return None
