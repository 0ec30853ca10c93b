"""Failed tries to sign in, counted per name and address together.

An attacker elsewhere cannot lock a person out: only the pair that fails waits.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from ..errors import TooManyTries

log = structlog.get_logger(__name__)

WINDOW = timedelta(minutes=5)
TRIES_OF_ONE_NAME = 10
TRIES_OF_ONE_ADDRESS = 200  # many people may sit behind one address


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of one name from one address. Without Redis nothing is counted, and people can still work."""

    username: str
    address: str

    @property
    def limits(self) -> dict[str, int]:
        name = hashlib.sha256(self.username.lower().encode()).hexdigest()[:32]
        return {
            f"sign-in:{self.address}:{name}": TRIES_OF_ONE_NAME,
            f"sign-in:{self.address}": TRIES_OF_ONE_ADDRESS,
        }

    def check(self) -> None:
        """Raises TooManyTries once a limit is reached."""
        try:
            counts = cache.get_many(self.limits)
        except RedisError as error:
            log.warning("sign_in_tries_not_counted", why=str(error))
            return
        if any(counts.get(key, 0) >= limit for key, limit in self.limits.items()):
            raise TooManyTries(retry_after=int(WINDOW.total_seconds()))

    def failed(self) -> None:
        try:
            for key in self.limits:
                cache.add(key, 0, WINDOW.total_seconds())
                cache.incr(key)
        except (RedisError, ValueError) as error:  # ValueError: the key expired between the two calls
            log.warning("sign_in_tries_not_counted", why=str(error))
