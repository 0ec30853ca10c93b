"""Throttling on command, and a count of every call."""

import threading
import time
from collections import Counter
from dataclasses import dataclass


@dataclass
class TokenBucket:
    per_second: float
    burst: float
    until: float
    tokens: float
    filled_at: float

    def take(self, now: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Throttle:
    """Token buckets per API action; an action without one is never refused."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._buckets: dict[str, TokenBucket] = {}
        self._lock = threading.Lock()

    def limit(self, action: str, *, per_second: float, burst: float, seconds: float) -> None:
        """Allow `burst` calls at once and `per_second` more a second, for `seconds` from now."""
        now = time.monotonic()
        with self._lock:
            self._buckets[action] = TokenBucket(per_second, burst, now + seconds, burst, now)

    def admit(self, service: str, action: str) -> bool:
        """Count the call; False where it must be refused."""
        now = time.monotonic()
        with self._lock:
            self.calls[f"{service}:{action}"] += 1
            bucket = self._buckets.get(action)
            if bucket is None:
                return True
            if now > bucket.until:
                del self._buckets[action]
                return True
            return bucket.take(now)

    def limits(self) -> dict[str, dict[str, float]]:
        """Buckets in force, with the seconds they still hold."""
        now = time.monotonic()
        with self._lock:
            return {
                action: {
                    "per_second": b.per_second,
                    "burst": b.burst,
                    "seconds_left": round(b.until - now, 1),
                }
                for action, b in self._buckets.items()
                if b.until > now
            }

    def reset(self) -> None:
        with self._lock:
            self._buckets.clear()
