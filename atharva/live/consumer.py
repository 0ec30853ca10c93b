"""A socket: checks who it is, then sends its stream from where it stands until one side ends it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone
from redis.exceptions import RedisError

from . import admission, reading, streams
from .authentication import Person, credential_of, is_same_origin
from .hub import hub

log = structlog.get_logger(__name__)

# A position that no event follows: whatever comes first is a gap.
NOWHERE = 1
UNAUTHENTICATED, FORBIDDEN, TOO_SLOW = 4401, 4403, 4408

PING_SECONDS = 25.0
RECHECK_SECONDS = 15.0
RETRY_SECONDS = 1.0
RESUME_SECONDS = 0.3  # how long a new socket may take to say where it wants to resume
SEND_SECONDS = 10.0  # a reader that takes one frame in longer than this is dropped


class LiveConsumer(AsyncWebsocketConsumer):
    """Base of the live sockets; a subclass names its stream and who may read it.

    Only the `forwarding` task sends, so frames never interleave and nothing is buffered here: what a slow
    reader has not taken is still in the stream.
    """

    # No channel layer: it would hold a Redis connection per socket, the hub holds one per process.
    channel_layer_alias = "none"
    forwarding: asyncio.Task[None] | None = None
    needed_scope = "fleet:read"  # of an API token
    position = 0  # the number of the last event sent; 0 while the stream has none
    recheck_at = 0.0

    def stream(self) -> str:
        raise NotImplementedError

    async def admits(self, user: Person) -> bool:
        raise NotImplementedError

    async def connect(self) -> None:
        self.credential, subprotocol = credential_of(self.scope)
        user = await self.credential.user()
        refusal = await self._refusal(user)
        if user is None or refusal:
            # Accepted before it is refused: a browser shows no reason for a refused handshake.
            await self.accept(subprotocol)
            await self.close(refusal)
            return
        # Read before the handshake ends: whatever is published once a client is connected reaches it.
        self.position = await self._newest()
        await self.accept(subprotocol)
        self.user_id = user.pk
        self.asked: dict[str, object] = {}
        self.spoken, self.news = asyncio.Event(), asyncio.Event()
        self.forwarding = asyncio.create_task(self._forward())

    async def _refusal(self, user: Person | None) -> int | None:
        """The code to close with, None where the socket may stay."""
        if not is_same_origin(self.scope):
            return FORBIDDEN
        if user is None:
            return UNAUTHENTICATED
        return None if user.may(self.needed_scope) and await self.admits(user) else FORBIDDEN

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A client may say `{"resume_from": seq}`; anything else it says is ignored."""
        with suppress(ValueError):
            message = json.loads(text_data or "null")
            if isinstance(message, dict):
                self.asked = message
        if self.forwarding is not None:
            self.spoken.set()
            self.news.set()

    async def disconnect(self, code: int) -> None:
        if self.forwarding is not None:
            self.forwarding.cancel()

    # ------------------------------------------------------------------ the one task that sends

    async def _forward(self) -> None:
        try:
            await self._run()
        except TimeoutError:
            log.info("live_reader_too_slow", stream=self.stream(), user_id=str(self.user_id))
            # Waits for room to say so; the server's own ping ends the socket of a reader that is gone.
            await self.close(TOO_SLOW)
        except OSError:
            # ASGI's word for a client that left while it was sent to; its disconnect comes by itself.
            log.debug("live_reader_left", stream=self.stream())

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        with self._listening():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.spoken.wait(), RESUME_SECONDS)
            ping_at, self.recheck_at = clock() + PING_SECONDS, clock() + RECHECK_SECONDS
            while True:
                if clock() >= self.recheck_at:
                    self.recheck_at = clock() + RECHECK_SECONDS
                    if not await self._still_admitted():
                        await self._say("session_ended")
                        await self.close(UNAUTHENTICATED)
                        return
                if clock() >= ping_at:
                    ping_at = clock() + PING_SECONDS
                    await self._say("ping")
                await self._catch_up()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.news.wait(), max(min(ping_at, self.recheck_at) - clock(), 0))

    @contextmanager
    def _listening(self) -> Iterator[None]:
        with (
            hub().woken_by(streams.wake_channel(self.stream()), self.news.set),
            hub().woken_by(streams.session_channel(self.user_id), self._recheck_now),
        ):
            yield

    def _recheck_now(self) -> None:
        self.recheck_at = 0
        self.news.set()

    async def _still_admitted(self) -> bool:
        user = await self.credential.user()
        return user is not None and await self.admits(user)

    async def _catch_up(self) -> None:
        """Send what the stream has after our position. Where that is no longer whole, say so and go on."""
        try:
            await self._resume()
            while await self._send_page():
                pass
        except RedisError as error:
            log.warning("live_stream_unreadable", stream=self.stream(), why=str(error))
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self.news.set)

    async def _resume(self) -> None:
        if "resume_from" not in self.asked:
            return
        wanted = self.asked.pop("resume_from")
        if isinstance(wanted, int) and 0 < wanted <= await reading.newest(hub().redis, self.stream()):
            self.position = wanted
        else:
            await self._say("resync")

    async def _send_page(self) -> bool:
        """Send one page; False once there is nothing more."""
        self.news.clear()
        page = await reading.after(hub().redis, self.stream(), self.position)
        if page.last < self.position:
            # Redis came back with less than it had.
            await self._say("resync")
            self.position = page.last
            return False
        for seq, body in page.events:
            if self.position and seq != self.position + 1:
                await self._say("resync")
            await self._send(streams.frame(seq, body))
            self.position = seq
        return bool(page.events)

    async def _newest(self) -> int:
        try:
            return await reading.newest(hub().redis, self.stream())
        except RedisError as error:
            log.warning("live_stream_unreadable", stream=self.stream(), why=str(error))
            return NOWHERE

    async def _say(self, type: str) -> None:
        """A frame about the socket itself; it has no number because it belongs to no stream."""
        await self._send(json.dumps({"v": streams.PROTOCOL, "type": type, "at": _now()}))

    async def _send(self, text: str) -> None:
        await asyncio.wait_for(self.send(text), SEND_SECONDS)


def _now() -> str:
    return timezone.now().isoformat().replace("+00:00", "Z")


class ClientLive(LiveConsumer):
    """A tenant's events, for its own people and for operators."""

    def stream(self) -> str:
        return streams.of_client(self.scope["url_route"]["kwargs"]["client_id"])

    async def admits(self, user: Person) -> bool:
        client_id = self.scope["url_route"]["kwargs"]["client_id"]
        return user.role == "admin" or (user.role == "client" and user.client_id == client_id)


class AdminLive(LiveConsumer):
    """Every tenant's events, for operators."""

    needed_scope = "platform:read"

    def stream(self) -> str:
        return streams.ADMIN

    async def admits(self, user: Person) -> bool:
        return user.role == "admin"


class OperationLive(LiveConsumer):
    """How far one operation is, for whoever may see it."""

    def stream(self) -> str:
        return streams.of_operation(self.scope["url_route"]["kwargs"]["operation_id"])

    async def admits(self, user: Person) -> bool:
        operation_id = self.scope["url_route"]["kwargs"]["operation_id"]
        return await database_sync_to_async(admission.admits)("operation", user, operation_id)
