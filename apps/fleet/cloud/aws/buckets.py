"""A token bucket per account, region and API, so that we slow down before AWS makes us."""

import threading
import time
from dataclasses import dataclass, field

# EC2's documented bucket of a mutating action: 50 requests at once, 5 more a second. It is per account and
# region while ours is per process: the SDK's adaptive retry takes what several processes together exceed.
CAPACITY = 50.0
REFILL_PER_SECOND = 5.0


@dataclass(slots=True)
class Bucket:
    """Tokens left, as of a monotonic time."""

    tokens: float = CAPACITY
    counted_at: float = field(default_factory=time.monotonic)

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        gained = (now - self.counted_at) * REFILL_PER_SECOND
        self.tokens = min(CAPACITY, self.tokens + gained)
        self.counted_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


_lock = threading.Lock()
_buckets: dict[tuple[str, str, str], Bucket] = {}


def take(account_id: str, region: str, call: str) -> bool:
    """Whether a mutating call may be sent now."""
    with _lock:
        bucket = _buckets.setdefault((account_id, region, call), Bucket())
        return bucket.take(time.monotonic())
