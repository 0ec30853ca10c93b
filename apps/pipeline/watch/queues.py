"""Reading the accounts' event queues: a thread each, long-polling. Several processes may read the same."""

import random
import threading
from uuid import UUID

import structlog
from django.db import Error as DatabaseError
from django.db import connection

from apps.fleet.models import CloudAccount
from apps.fleet.services.events import handle_events, receive_events
from atharva.api.problems import Problem

from ..health.heartbeats import beat

TICK_SECONDS = 5.0
LEAVE_SECONDS = 0.5
LONG_POLL_SECONDS = 20
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0

log = structlog.get_logger(__name__)


class QueueReader(threading.Thread):
    """Reads one account's queue. A daemon: a long poll must not hold the process back, and loses nothing."""

    def __init__(self, account: CloudAccount) -> None:
        super().__init__(name=f"queue-{account.name}", daemon=True)
        self.account = account
        self._ending = threading.Event()

    def end(self) -> None:
        """Ask the thread to end; it does when its poll returns."""
        self._ending.set()

    def run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            try:
                self._read_once()
                failures = 0
            except (Problem, DatabaseError) as error:
                failures += 1
                log.warning("queue.failed", account=self.account.name, error=str(error))
                self._ending.wait(_pause_after(failures))
            except ExceptionGroup as failed:
                # Stored and due again: the sweep goes on with them.
                log.warning("queue.events_failed", account=self.account.name, error=str(failed))
            finally:
                connection.close()

    def _read_once(self) -> None:
        stored = receive_events(self.account, wait_seconds=LONG_POLL_SECONDS)
        handle_events(stored)


def _pause_after(failures: int) -> float:
    doubled = min(FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 8), LONGEST_PAUSE_SECONDS)
    return float(doubled * random.uniform(0.5, 1))


class QueueReaders:
    """Keeps a reader for every account with a queue, until `ending` is set."""

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self._readers: dict[UUID, QueueReader] = {}

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._keep(_with_queue())
                beat("interruptions", worked=True, detail=f"{len(self._readers)} queues")
            except DatabaseError as error:
                log.warning("queues.database_lost", error=str(error))
            finally:
                connection.close()
            self._ending.wait(TICK_SECONDS)
        for reader in self._readers.values():
            reader.end()
        for reader in self._readers.values():
            reader.join(LEAVE_SECONDS / len(self._readers))

    def _keep(self, accounts: list[CloudAccount]) -> None:
        current = {account.pk: account for account in accounts}
        for key, reader in list(self._readers.items()):
            account = current.get(key)
            if account is None or not reader.is_alive() or _way(account) != _way(reader.account):
                reader.end()
                del self._readers[key]
        for key, account in current.items():
            if key not in self._readers:
                self._readers[key] = QueueReader(account)
                self._readers[key].start()


def _with_queue() -> list[CloudAccount]:
    mine = CloudAccount.objects.in_use().exclude(queue_url="")
    return list(mine.order_by("name"))


def _way(account: CloudAccount) -> tuple[str, ...]:
    """What it takes to reach an account's queue."""
    return account.queue_url, account.role_arn, account.external_id, *account.regions
