"""One subscription to Redis per process, shared by its sockets: who waits for what is woken."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import redis.asyncio
import structlog
from django.conf import settings
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from . import streams

log = structlog.get_logger(__name__)
RECONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
PATTERNS = (f"{streams.WAKE}*", f"{streams.SESSIONS}*")


class Hub:
    """The sockets of one event loop, by the channel that wakes them."""

    def __init__(self) -> None:
        self.redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, decode_responses=True, socket_timeout=READ_SECONDS
        )
        # A subscription is silent for as long as nothing happens: no timeout, TCP's own keepalive.
        self.subscriber = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, decode_responses=True, socket_timeout=None, socket_keepalive=True
        )
        self.waiting: dict[str, set[Callable[[], None]]] = {}
        self.listener: asyncio.Task[None] | None = None

    @contextmanager
    def woken_by(self, channel: str, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake` whenever something is published on `channel`, for as long as the block lasts."""
        self.waiting.setdefault(channel, set()).add(wake)
        if self.listener is None:
            self.listener = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            self.waiting[channel].discard(wake)
            if not self.waiting[channel]:
                del self.waiting[channel]
            if not self.waiting:
                self._stop()

    def _stop(self) -> None:
        if self.listener is not None:
            self.listener.cancel()
            self.listener = None

    async def _listen(self) -> None:
        while True:
            try:
                async with self.subscriber.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.psubscribe(*PATTERNS)
                    # Whatever was published while nobody listened is in the streams: everyone looks.
                    self._wake_all()
                    await self._hand_on(subscription)
            except (RedisError, OSError) as error:
                log.warning("live_hub_reconnects", why=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _hand_on(self, subscription: PubSub) -> None:
        async for message in subscription.listen():
            for wake in self.waiting.get(message["channel"], ()):
                wake()

    def _wake_all(self) -> None:
        for wakes in self.waiting.values():
            for wake in wakes:
                wake()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
