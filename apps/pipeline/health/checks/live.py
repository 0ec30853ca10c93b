"""A live event that is published wakes its readers, and stands in its stream."""

import time
import uuid
from datetime import datetime
from typing import Any

from atharva.live import publish, streams
from atharva.live.publishing import connection

from ..finding import Finding, silent
from ..wording import milliseconds

STREAM = "health"
LIMIT_MS = 250.0
WAIT_SECONDS = 1.0


def check(now: datetime) -> Finding:
    """Publish, be woken, read back: the way that every page's events take. Raises RedisError."""
    _, events_key = streams.keys(STREAM)
    mark = uuid.uuid4().hex
    redis: Any = connection()  # its pubsub has no types
    with redis.pubsub(ignore_subscribe_messages=True) as readers:
        readers.subscribe(streams.wake_channel(STREAM))
        readers.get_message(timeout=WAIT_SECONDS)  # the word that we are subscribed
        began = time.perf_counter()
        publish(STREAM, "probe", mark=mark)
        woken = readers.get_message(timeout=WAIT_SECONDS)
        newest = redis.xrevrange(events_key, count=1)
        took = 1000 * (time.perf_counter() - began)
    redis.xtrim(events_key, maxlen=1)
    if not newest or mark not in newest[0][1][b"body"].decode():
        return silent("An event that was published is not in its stream.")
    if woken is None:
        return silent("An event that was published woke nobody: publish and subscribe does not work.")
    sockets = redis.pubsub_numpat()
    return Finding(
        f"An event is delivered in {milliseconds(took)}; web processes that listen: {sockets // 2}.",
        latency_ms=took,
        limit_ms=LIMIT_MS,
        worked_at=now,
    )
