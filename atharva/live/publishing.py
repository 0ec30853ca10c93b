"""Publishing: called by services once their transaction is committed, and never their problem."""

import json
from functools import lru_cache
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from prometheus_client import Counter
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from . import streams

log = structlog.get_logger(__name__)
lost = Counter("atharva_live_events_lost", "Live events that Redis did not take")

# A caller waits at most this long for a Redis that does not answer.
TIMEOUT_SECONDS = 1.0


@lru_cache(maxsize=1)
def connection() -> redis.Redis:
    """The process's pool of connections for publishing. One retry covers a stale connection."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


@lru_cache(maxsize=1)
def append() -> Script:
    return connection().register_script(streams.APPEND)


def publish(stream: str, type: str, **fields: object) -> None:
    """Append an event to a stream ("client:<uuid>", "admin", "operation:<uuid>").

    Call it from `transaction.on_commit`. Never raises for want of Redis: the event is counted as lost.
    """
    _append_to((stream,), type, fields)


def publish_to_client(client_id: UUID | str, type: str, **fields: object) -> None:
    """Append an event to a tenant's stream and to the operators', who see every tenant."""
    _append_to((streams.of_client(client_id), streams.ADMIN), type, {**fields, "client_id": str(client_id)})


def position(stream: str) -> int | None:
    """The number of a stream's newest event, 0 before the first; None for want of Redis."""
    number_key, _ = streams.keys(stream)
    try:
        return int(connection().get(number_key) or 0)
    except redis.RedisError as error:
        log.warning("live_stream_unreadable", stream=stream, why=str(error))
        return None


def session_changed(user_id: UUID | str) -> None:
    """Have every open socket of a person check at once whether its session or token still stands."""
    try:
        connection().publish(streams.session_channel(user_id), "")
    except redis.RedisError as error:
        log.warning("session_change_not_announced", user_id=str(user_id), why=str(error))


def _append_to(targets: tuple[str, ...], type: str, fields: dict[str, object]) -> None:
    event = {"type": type, "at": timezone.now(), **fields}
    body = json.dumps(event, cls=DjangoJSONEncoder)
    for stream in targets:
        try:
            append()(
                keys=streams.keys(stream),
                args=[streams.KEPT, body, streams.wake_channel(stream)],
            )
        except redis.RedisError as error:
            lost.inc()
            log.warning("live_event_lost", stream=stream, type=type, why=str(error))
