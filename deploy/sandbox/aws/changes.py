"""The feed of instance changes that the sandbox's Kubernetes listens to."""

import threading
from typing import Any

KEPT = 200_000


class ChangeFeed:
    """An append-only list with a long-poll; a cursor is a position in it."""

    def __init__(self) -> None:
        self._changes: list[dict[str, Any]] = []
        self._forgotten = 0
        self._grown = threading.Condition()

    def append(self, change: dict[str, Any]) -> None:
        with self._grown:
            self._changes.append(change)
            if len(self._changes) > KEPT:
                dropped = len(self._changes) - KEPT // 2
                del self._changes[:dropped]
                self._forgotten += dropped
            self._grown.notify_all()

    def since(self, cursor: int, wait: float) -> tuple[int, list[dict[str, Any]]]:
        """New cursor and what came after the old one, waiting up to `wait` seconds for something."""
        with self._grown:
            self._grown.wait_for(lambda: self._end > cursor, timeout=wait)
            return self._end, self._changes[max(0, cursor - self._forgotten) :]

    @property
    def _end(self) -> int:
        return self._forgotten + len(self._changes)
