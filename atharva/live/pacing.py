"""How often something that changes all the time is spoken of; what was passed over is told later."""

from datetime import timedelta

import redis
import structlog

from .publishing import connection

log = structlog.get_logger(__name__)


def is_its_turn(type: str, about: str, *, every: timedelta) -> bool:
    """Whether `about` may be spoken of again, which is then done; where not, it is owed.

    False as well for want of Redis, which would not take the event either.
    """
    try:
        if connection().set(f"live:turn:{type}:{about}", "", nx=True, px=every):
            connection().srem(_owed(type), about)
            return True
        connection().sadd(_owed(type), about)
    except redis.RedisError as error:
        log.warning("live_turn_unknown", type=type, about=about, why=str(error))
    return False


def take_owed(type: str) -> list[str]:
    """What was passed over since it was last spoken of; from now on the caller's to tell."""
    try:
        with connection().pipeline(transaction=True) as pipeline:
            pipeline.smembers(_owed(type))
            pipeline.delete(_owed(type))
            members, _ = pipeline.execute()
    except redis.RedisError as error:
        log.warning("live_turn_unknown", type=type, why=str(error))
        return []
    return sorted(member.decode() for member in members)


def _owed(type: str) -> str:
    return f"live:owed:{type}"
