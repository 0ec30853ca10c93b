"""The loop of checks: a process of its own, so that it tells of the workers' death and not with them."""

import random
import threading
from datetime import datetime

import structlog
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from ..errors import AlreadyRunning
from ..locks import only_one
from ..statuses import ComponentKey
from .checks import CHECKS
from .finding import Finding, silent
from .heartbeats import beat, forget_heartbeats
from .recording import record_outage, record_round

EVERY_SECONDS = 5.0
# All start together, and all come back together after an outage: nobody is called dead before he could speak.
SETTLE_SECONDS = 10.0
LOCK = "component health"

log = structlog.get_logger(__name__)


class Rounds:
    """Runs until `ending` is set. Of several only one checks; another takes over when its session ends."""

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self._dark_since: datetime | None = None

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                with only_one(LOCK):
                    self._lead()
            except AlreadyRunning:
                beat("health", detail="stands by")
            except DatabaseError as error:
                self._dark_since = self._dark_since or timezone.now()
                log.warning("health.database_lost", error=str(error))
            finally:
                connection.close()
            # Those that stand by do not all ask at once.
            self._ending.wait(EVERY_SECONDS * random.uniform(0.6, 1))

    def _lead(self) -> None:
        """Check round by round for as long as the session lives that holds the lock."""
        self._ending.wait(SETTLE_SECONDS)
        while not self._ending.is_set():
            now = timezone.now()
            if self._dark_since:
                record_outage(ComponentKey.DATABASE, self._dark_since, now)
                self._dark_since = None
            record_round({key: looked_at(key, now) for key in CHECKS}, now)
            forget_heartbeats(now)
            beat("health", worked=True, detail="checks")
            self._ending.wait(EVERY_SECONDS)


def looked_at(key: ComponentKey, now: datetime) -> Finding:
    """What the check of a component finds. Raises a DatabaseError: without it nothing can be written."""
    try:
        return CHECKS[key](now)
    except (RedisError, OperationalError) as error:
        log.warning("health.no_redis", component=str(key), error=str(error))
        return silent("Redis does not answer.")
