"""The database answers, and has connections left."""

import time
from datetime import datetime

from django.db import connection

from ..finding import Finding, degraded
from ..wording import milliseconds

LIMIT_MS = 100.0
FULL = 0.85
# Connections that PostgreSQL keeps for its own administration are not ours to use.
CONNECTIONS = """
    SELECT count(*) FILTER (WHERE backend_type = 'client backend'),
           count(*) FILTER (WHERE backend_type = 'client backend' AND state = 'active'),
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    FROM pg_stat_activity
"""


def check(now: datetime) -> Finding:
    """A round trip, and how many connections are in use."""
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute("SELECT 1")
        cursor.fetchone()
        took = 1000 * (time.perf_counter() - began)
        cursor.execute(CONNECTIONS)
        used, active, room = cursor.fetchone()
    facts = f"Answers in {milliseconds(took)}; {used} of {room} connections, {active} of them active."
    crowded = [degraded(f"{used} of {room} connections are in use.")] if used > FULL * room else []
    return Finding(
        facts,
        crowded,
        latency_ms=took,
        limit_ms=LIMIT_MS,
        worked_at=now,
        in_flight=used,
        capacity=room,
        unit="connections",
    )
