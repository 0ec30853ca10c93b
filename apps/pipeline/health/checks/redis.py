"""Redis answers, and has memory and connections left."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from atharva.live.publishing import connection

from ..finding import Complaint, Finding, degraded
from ..wording import milliseconds

LIMIT_MS = 100.0
FULL = 0.85
MEBIBYTE = 1024 * 1024


def check(now: datetime) -> Finding:
    """PING, memory and clients. Raises RedisError."""
    redis = connection()
    began = time.perf_counter()
    redis.ping()
    took = 1000 * (time.perf_counter() - began)
    told = redis.info()
    clients, most = told["connected_clients"], told.get("maxclients", 0)
    used = told["used_memory"] / MEBIBYTE
    facts = f"Answers in {milliseconds(took)}; {used:,.1f} MiB used, {clients} of {most:,} clients."
    return Finding(
        facts,
        list(_complaints(told)),
        latency_ms=took,
        limit_ms=LIMIT_MS,
        worked_at=now,
        in_flight=clients,
        capacity=most or None,
        unit="clients",
    )


def _complaints(told: dict[str, Any]) -> Iterator[Complaint]:
    limit, used = told.get("maxmemory", 0), told["used_memory"]
    if limit and used > FULL * limit:
        yield degraded(f"{used / MEBIBYTE:,.0f} of {limit / MEBIBYTE:,.0f} MiB are used.")
    if limit and told.get("maxmemory_policy", "noeviction") != "noeviction":
        yield degraded(
            f"It drops keys where memory ends ({told['maxmemory_policy']}), tasks among them: "
            "maxmemory-policy must be noeviction."
        )
    if told.get("maxclients") and told["connected_clients"] > FULL * told["maxclients"]:
        yield degraded(f"{told['connected_clients']:,} of {told['maxclients']:,} clients are connected.")
    if told.get("loading"):
        yield degraded("It is still loading its data.")
