"""Bearer tokens that end: made anew in time."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

TokenSource = Callable[[], str]


class RenewedToken:
    """A token source that keeps what it made for `lasts`; threads share it."""

    def __init__(
        self, make: TokenSource, *, lasts: timedelta, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = make
        self._lasts = lasts.total_seconds()
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._until = float("-inf")

    def __call__(self) -> str:
        """The token in force. Raises what making one raises."""
        with self._lock:
            now = self._clock()
            if now >= self._until:
                self._token = self._make()
                self._until = now + self._lasts
            return self._token
