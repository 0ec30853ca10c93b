"""Reading a stream on from a position."""

from dataclasses import dataclass, field

from redis.asyncio import Redis

from . import streams

BATCH = 200


@dataclass(frozen=True, slots=True)
class Page:
    """What follows a position: (number, body) in order; `last` is the stream's newest number or 0."""

    last: int
    events: list[tuple[int, str]] = field(default_factory=list)


async def newest(redis: Redis, stream: str) -> int:
    """The number of a stream's newest event, 0 where there is none."""
    seq_key, _ = streams.keys(stream)
    return int(await redis.get(seq_key) or 0)


async def after(redis: Redis, stream: str, position: int) -> Page:
    """The next events after `position`, at most BATCH. Raises RedisError."""
    seq_key, events_key = streams.keys(stream)
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.get(seq_key)
        pipeline.xrange(events_key, min=f"({position}-0", count=BATCH)
        last, entries = await pipeline.execute()
    return Page(
        last=int(last or 0),
        events=[(int(entry_id.partition("-")[0]), fields["body"]) for entry_id, fields in entries],
    )
