"""Who may open a socket, and when an open one ends."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from apps.accounts.models import ApiToken, Scope, TokenFamily, UserStatus
from apps.accounts.services.api_tokens import create_token, revoke_token
from atharva.live import consumer, publish, publish_to_client, session_changed
from tests.factories import AdminFactory, ClientUserFactory, LabFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def path(person):
    return f"/ws/client/{person.client_id}/live"


async def ended(server, path, **credentials) -> int | None:
    async with server.socket(path, **credentials) as reader:
        return await reader.closed()


def secret_of(person, *scopes: Scope) -> str:
    """A new API token of a person."""
    return create_token(person, name="script", scopes=scopes, expires_at=timezone.now() + timedelta(days=1))[
        1
    ]


async def receives(server, path, announce, **credentials) -> bool:
    async with server.socket(path, **credentials) as reader:
        await sync_to_async(announce)()
        return bool((await reader.frame())["seq"])


async def test_a_tenants_person_reads_their_tenant_by_token_and_by_cookie(
    server, person, path, token_of, cookie_of
) -> None:
    def announce() -> None:
        publish_to_client(person.client_id, "notification")

    cookie = await sync_to_async(cookie_of)(person)
    assert await receives(server, path, announce, token=await token_of(person))
    assert await receives(server, path, announce, cookie=cookie)
    assert await receives(server, path, announce, cookie=cookie, origin=f"http://localhost:{server.port}")


async def test_an_admin_reads_any_tenant_and_the_platform(server, person, path, token_of) -> None:
    token = await token_of(await sync_to_async(AdminFactory)())
    assert await receives(
        server, path, lambda: publish_to_client(person.client_id, "notification"), token=token
    )
    assert await receives(server, "/ws/admin/live", lambda: publish("admin", "funnel_updated"), token=token)


async def test_without_a_valid_credential_it_closes_with_4401(server, person, path, token_of) -> None:
    blocked = await sync_to_async(ClientUserFactory)()
    of_blocked = await token_of(blocked)
    blocked.status = UserStatus.BLOCKED
    await blocked.asave()
    assert await ended(server, path) == 4401
    assert await ended(server, path, token="not-a-token") == 4401
    assert await ended(server, path, cookie="no-such-session") == 4401
    assert await ended(server, f"/ws/client/{blocked.client_id}/live", token=of_blocked) == 4401
    agents = "atharva_agent_" + "x" * 43
    assert await ended(server, path, token=agents) == 4401


async def test_a_script_reads_with_the_scope_that_the_socket_asks_for(server, person, path) -> None:
    admin = await sync_to_async(AdminFactory)()
    fleet = await sync_to_async(secret_of)(person, Scope.FLEET_READ)
    writer = await sync_to_async(secret_of)(person, Scope.FLEET_WRITE)
    platform = await sync_to_async(secret_of)(admin, Scope.PLATFORM_READ)
    assert await receives(
        server, path, lambda: publish_to_client(person.client_id, "notification"), token=fleet
    )
    assert await receives(
        server, "/ws/admin/live", lambda: publish("admin", "funnel_updated"), token=platform
    )
    assert await ended(server, path, token=writer) == 4403
    assert await ended(server, path, token=platform) == 4403


async def test_a_revoked_api_token_closes_its_socket(server, person, path) -> None:
    secret = await sync_to_async(secret_of)(person, Scope.FLEET_READ)
    async with server.socket(path, token=secret) as reader:
        await sync_to_async(publish_to_client)(person.client_id, "notification")
        await reader.frame()
        await sync_to_async(revoke_token)(await ApiToken.objects.aget(), by=person)
        assert (await reader.frame())["type"] == "session_ended"
        assert await reader.closed() == 4401


async def test_another_tenant_or_role_closes_with_4403(server, person, path, token_of) -> None:
    stranger, lab = await sync_to_async(ClientUserFactory)(), await sync_to_async(LabFactory)()
    assert await ended(server, path, token=await token_of(stranger)) == 4403
    assert await ended(server, path, token=await token_of(lab)) == 4403
    assert await ended(server, "/ws/admin/live", token=await token_of(person)) == 4403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null"])
async def test_a_page_from_elsewhere_closes_with_4403(server, person, path, cookie_of, origin) -> None:
    cookie = await sync_to_async(cookie_of)(person)
    assert await ended(server, path, cookie=cookie, origin=origin) == 4403


async def test_a_block_ends_the_persons_open_socket_at_once(server, person, path, token_of) -> None:
    async with server.socket(path, token=await token_of(person)) as reader:
        await sync_to_async(publish_to_client)(person.client_id, "notification")
        await reader.frame()
        person.status = UserStatus.BLOCKED
        await person.asave()
        await sync_to_async(session_changed)(person.pk)
        async with asyncio.timeout(1):
            assert (await reader.frame())["type"] == "session_ended"
            assert await reader.closed() == 4401


async def test_a_sign_out_ends_that_sessions_socket_and_no_other(server, person, path, cookie_of) -> None:
    here, there = await sync_to_async(cookie_of)(person), await sync_to_async(cookie_of)(person)
    async with server.socket(path, cookie=here) as leaving, server.socket(path, cookie=there) as staying:
        await sync_to_async(publish_to_client)(person.client_id, "notification")
        await leaving.frame(), await staying.frame()
        await sync_to_async(SessionStore(here).delete)()
        await sync_to_async(session_changed)(person.pk)
        assert await leaving.closed() == 4401
        await sync_to_async(publish_to_client)(person.client_id, "notification")
        assert (await staying.frame())["type"] == "notification"


async def test_an_ended_session_is_noticed_without_being_told(
    server, person, path, token_of, monkeypatch
) -> None:
    monkeypatch.setattr(consumer, "RECHECK_SECONDS", 0.2)
    async with server.socket(path, token=await token_of(person)) as reader:
        await TokenFamily.objects.aupdate(ended_at=timezone.now())
        assert await reader.closed() == 4401


async def test_a_quiet_socket_is_pinged(server, person, path, token_of, monkeypatch) -> None:
    monkeypatch.setattr(consumer, "PING_SECONDS", 0.1)
    async with server.socket(path, token=await token_of(person)) as reader:
        assert [f["type"] for f in await reader.frames(2)] == ["ping", "ping"]
