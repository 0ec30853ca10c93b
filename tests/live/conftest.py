"""The product's ASGI application in a uvicorn server of its own, and people who are signed in."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
import websockets
from asgiref.sync import sync_to_async
from django.test import Client as Browser
from websockets.asyncio.client import ClientConnection

from apps.accounts.models import User
from apps.accounts.services.sessions import open_family
from atharva.asgi import application

WAIT = 15.0


@dataclass(frozen=True, slots=True)
class Socket:
    """A client's end, which reads frames as objects and leaves out those about the socket's own life."""

    connection: ClientConnection

    async def say(self, **message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def frame(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.connection.recv(), WAIT))

    async def frames(self, count: int) -> list[dict[str, Any]]:
        return [await self.frame() for _ in range(count)]

    async def closed(self) -> int | None:
        await asyncio.wait_for(self.connection.wait_closed(), WAIT)
        return self.connection.close_code


@dataclass(frozen=True, slots=True)
class Server:
    port: int

    @asynccontextmanager
    async def socket(
        self, path: str, *, token: str = "", cookie: str = "", origin: str | None = None, **options: Any
    ) -> AsyncIterator[Socket]:
        async with websockets.connect(
            f"ws://localhost:{self.port}{path}",
            subprotocols=[websockets.Subprotocol(f"bearer.{token}")] if token else None,
            additional_headers={"Cookie": f"atharva_session={cookie}"} if cookie else None,
            origin=websockets.Origin(origin) if origin else None,
            **options,
        ) as connection:
            yield Socket(connection)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(application, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
        running = uvicorn.Server(config)
        serving = asyncio.create_task(running.serve(sockets=[listening]))
        while not running.started:
            await asyncio.sleep(0.01)
        yield Server(listening.getsockname()[1])
        running.should_exit = True
        await serving


def access_token(user: User) -> str:
    return open_family(user).access


def session_cookie(user: User) -> str:
    browser = Browser()
    browser.force_login(user)
    return browser.cookies["atharva_session"].value


@pytest.fixture
def token_of() -> Callable[[User], Awaitable[str]]:
    return sync_to_async(access_token)


@pytest.fixture
def cookie_of() -> Callable[[User], str]:
    return session_cookie
