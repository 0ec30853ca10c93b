"""A blocked person is out at once, whichever web process they come to: pages, API, sockets and tokens."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Scope, User, UserStatus
from apps.accounts.services.api_tokens import create_token
from apps.accounts.services.sessions import end_sessions
from atharva.live import publish_to_client
from tests.factories import PASSWORD, ClientUserFactory
from tests.live.conftest import WAIT, Server
from tests.world.servers import ROOT, free_port

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT_SECONDS = 1.0
ME, REFRESH = "/api/auth/me", "/api/auth/refresh"


def web_process(port: int) -> subprocess.Popen[bytes]:
    """One process of an installation, on the database of this test."""
    database = connection.settings_dict
    where = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "atharva.settings.test",
        "DATABASE_URL": f"postgres://{where}/{database['NAME']}",
        "REDIS_URL": settings.REDIS_URL,
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "uvicorn", "atharva.asgi:application", "--port", str(port)]
    return subprocess.Popen([*command, "--lifespan", "off", "--log-level", "warning"], cwd=ROOT, env=env)


@pytest.fixture
def ports(transactional_db: None) -> Iterator[list[int]]:
    """Two web processes that serve."""
    chosen = [free_port(), free_port()]
    processes = [web_process(port) for port in chosen]
    try:
        for port, process in zip(chosen, processes, strict=True):
            wait_until_live(port, process)
        yield chosen
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


def wait_until_live(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://localhost:{port}/healthz/live", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"the web process at {port} does not serve")


@pytest_asyncio.fixture
async def both(ports: list[int]) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A browser at each of the two processes."""
    here, there = (httpx.AsyncClient(base_url=f"http://localhost:{port}", timeout=WAIT) for port in ports)
    async with here, there:
        yield [here, there]


def person_with_script() -> tuple[User, str]:
    user = ClientUserFactory()
    expires_at = timezone.now() + timedelta(days=1)
    return user, create_token(user, name="script", scopes=[Scope.FLEET_READ], expires_at=expires_at)[1]


def block(user: User) -> float:
    """Block as the service of people does; answers when it was committed, in seconds."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(status=UserStatus.BLOCKED)
        committed: list[float] = []
        # What is asked for first runs first: before any other process is told.
        transaction.on_commit(lambda: committed.append(time.monotonic()))
        end_sessions(user)
    return committed[0]


async def test_a_block_ends_page_api_socket_and_refresh_token_in_every_process(both, ports) -> None:
    here, there = both
    user, secret = await sync_to_async(person_with_script)()
    signed_in = await here.post("/api/auth/login", json={"username": user.username, "password": PASSWORD})
    tokens, cookie = signed_in.json(), here.cookies["atharva_session"]
    there.cookies.set("atharva_session", cookie)
    access, script = ({"Authorization": f"Bearer {token}"} for token in (tokens["access"], secret))
    path = f"/ws/client/{user.client_id}/live"
    async with (
        Server(ports[1]).socket(path, cookie=cookie) as by_cookie,
        Server(ports[1]).socket(path, token=tokens["access"]) as by_token,
        Server(ports[0]).socket(path, token=secret) as by_script,
    ):
        sockets = (by_cookie, by_token, by_script)
        await sync_to_async(publish_to_client)(user.client_id, "notification")
        for each in sockets:
            await each.frame()
        for browser in both:
            for headers in ({}, access, script):
                assert (await browser.get(ME, headers=headers)).status_code == 200

        committed = await sync_to_async(block)(user)
        # Asked at once, in both processes: none of them has a moment to forget what it knew.
        asked = [browser.get(ME, headers=headers) for browser in both for headers in ({}, access, script)]
        asked += [browser.post(REFRESH, json={"refresh": tokens["refresh"]}) for browser in both]
        answers, codes = await asyncio.gather(
            asyncio.gather(*asked), asyncio.gather(*(each.closed() for each in sockets))
        )
        took = time.monotonic() - committed

    assert {answer.status_code for answer in answers} == {401}
    assert codes == [4401, 4401, 4401]
    print(f"8 requests refused and 3 sockets closed {took * 1000:.0f} ms after the block was committed")
    assert took < LIMIT_SECONDS


async def test_a_reused_refresh_token_closes_the_sockets_of_its_sign_in_in_another_process(
    both, ports
) -> None:
    here, there = both
    user, _ = await sync_to_async(person_with_script)()
    credentials = {"username": user.username, "password": PASSWORD}
    stolen = (await here.post("/api/auth/login", json=credentials)).json()
    other = (await there.post("/api/auth/login", json=credentials)).json()
    path = f"/ws/client/{user.client_id}/live"
    async with (
        Server(ports[1]).socket(path, token=stolen["access"]) as leaving,
        Server(ports[1]).socket(path, token=other["access"]) as staying,
    ):
        await sync_to_async(publish_to_client)(user.client_id, "notification")
        await leaving.frame(), await staying.frame()
        first = await here.post(REFRESH, json={"refresh": stolen["refresh"]})
        again = await there.post(REFRESH, json={"refresh": stolen["refresh"]})
        assert (first.status_code, again.status_code) == (200, 401)
        assert await leaving.closed() == 4401
        await sync_to_async(publish_to_client)(user.client_id, "savings_updated")
        assert (await staying.frame())["type"] == "savings_updated"
