"""A probe through each queue: a task that only answers, so that the way there and back is measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

ASK_AGAIN = timedelta(minutes=2)  # where an answer was lost, together with the question
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Probe:
    """How one queue stands: the last round trip, and since when a question waits for its answer."""

    queue: str
    took: timedelta | None = None
    answered_at: datetime | None = None
    asked_at: datetime | None = None
    waits_since: datetime | None = None

    def is_to_ask(self, now: datetime) -> bool:
        """Whether there is no question under way."""
        return self.asked_at is None or self.waits_since is None or now - self.asked_at > ASK_AGAIN


def asked(probe: Probe, now: datetime) -> None:
    """A question was sent; where one is unanswered, its age goes on counting. Raises RedisError."""
    cache.set(_key("asked", probe.queue), (now, probe.waits_since or now), KEPT_SECONDS)


def answered(queue: str, asked_at: datetime, now: datetime) -> None:
    """A worker of the queue has read the question. Raises RedisError."""
    cache.set(_key("answered", queue), (asked_at, now), KEPT_SECONDS)


def probes(queues: Sequence[str]) -> list[Probe]:
    """How each queue stands. Raises RedisError."""
    found = cache.get_many([_key(word, queue) for word in ("asked", "answered") for queue in queues])
    return [
        _probe(queue, found.get(_key("asked", queue)), found.get(_key("answered", queue))) for queue in queues
    ]


def _probe(
    queue: str, question: tuple[datetime, datetime] | None, answer: tuple[datetime, datetime] | None
) -> Probe:
    asked_at, since = question or (None, None)
    sent_at, answered_at = answer or (None, None)
    is_answered = bool(sent_at and since and sent_at >= since)
    return Probe(
        queue,
        took=answered_at - sent_at if answered_at and sent_at else None,
        answered_at=answered_at,
        asked_at=asked_at,
        waits_since=None if is_answered else since,
    )


def _key(word: str, queue: str) -> str:
    return f"health:{word}:{queue}"
