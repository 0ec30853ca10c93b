"""Who watches which cluster: advisory locks of one PostgreSQL session.

A session's locks end with its connection, so a dead watcher's clusters are free within moments and nobody has
to agree on a clock. Needs a connection to PostgreSQL itself: a pooler that shares sessions between
transactions would hand our locks to strangers.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.db import connection, transaction

# The first key of a watcher's membership lock; any number that nobody else uses for two-key locks.
WATCHERS = 0x41_54_57
HELD = """
    SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND pid = %s AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = %s AND objid::bigint = %s
"""
MEMBERS = """
    SELECT count(DISTINCT pid) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = %s
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# A peer that vanished without a word is noticed within seconds, not after the system's two hours.
LIVELY = {
    "connect_timeout": 5,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}


class LeaseLost(Exception):
    """The session that held the lock is gone: somebody else may be watching the cluster already."""


class Leases:
    """The leases of this process, on a connection of their own. Any method may raise psycopg.Error."""

    def __init__(self) -> None:
        parameters = {**connection.get_connection_params(), **LIVELY}
        parameters.pop("context", None)
        parameters.pop("cursor_factory", None)
        self._session = psycopg.connect(**parameters, autocommit=True)
        self._pid = self._session.info.backend_pid
        self._session.execute("SELECT pg_advisory_lock(%s, %s)", (WATCHERS, secrets.randbits(31)))

    def watchers(self) -> int:
        """How many watchers there are, this one among them."""
        [members] = self._session.execute(MEMBERS, (WATCHERS,)).fetchone() or [0]
        return int(members)

    def take(self, cluster_id: UUID) -> bool:
        """Whether the cluster is ours now. Not to be asked for one that is ours already."""
        row = self._session.execute("SELECT pg_try_advisory_lock(%s)", (_key(cluster_id),)).fetchone()
        return bool(row and row[0])

    def give_back(self, cluster_id: UUID) -> None:
        self._session.execute("SELECT pg_advisory_unlock(%s)", (_key(cluster_id),))

    @contextmanager
    def writing(self, cluster_id: UUID) -> Iterator[None]:
        """A transaction of Django's that begins only while the cluster is ours. Raises LeaseLost."""
        with transaction.atomic():
            key = _key(cluster_id) % 2**64
            with connection.cursor() as cursor:
                cursor.execute(HELD, (self._pid, key >> 32, key % 2**32))
                if cursor.fetchone() is None:
                    raise LeaseLost(f"cluster {cluster_id}")
            yield

    def close(self) -> None:
        self._session.close()


def _key(cluster_id: UUID) -> int:
    """The lock's number: 64 bits of the cluster's id, signed as PostgreSQL wants them."""
    return int.from_bytes(cluster_id.bytes[:8], signed=True)
