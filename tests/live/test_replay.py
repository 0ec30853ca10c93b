"""A socket sends every event of its stream once and in order, and says where it cannot."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from atharva.live import publish_to_client, streams
from atharva.live.publishing import connection
from tests.factories import ClientUserFactory
from tests.live.conftest import access_token

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["switch_suggested", "switch_progress", "switch_completed"]


@pytest.fixture
def person() -> User:
    return ClientUserFactory()


@pytest.fixture
def path(person: User) -> str:
    return f"/ws/client/{person.client_id}/live"


@pytest.fixture
def token(person: User) -> str:
    return access_token(person)


def say_all(person: User) -> None:
    for name in NAMES:
        publish_to_client(person.client_id, name, cluster_id="c")


async def test_events_arrive_in_order_and_numbered_without_a_gap(server, person, path, token) -> None:
    async with server.socket(path, token=token) as reader:
        await asyncio.gather(*(sync_to_async(say_all, thread_sensitive=False)(person) for _ in range(5)))
        frames = await reader.frames(15)
    first = frames[0]["seq"]
    assert [f["seq"] for f in frames] == list(range(first, first + 15))
    assert {f["v"] for f in frames} == {1}
    assert frames[0]["at"].endswith("Z")
    assert frames[0]["cluster_id"] == "c"


async def test_a_socket_that_names_its_last_event_gets_what_it_missed(server, person, path, token) -> None:
    async with server.socket(path, token=token) as reader:
        await sync_to_async(say_all)(person)
        (first, *_) = await reader.frames(3)
    async with server.socket(path, token=token) as reader:
        await reader.say(resume_from=first["seq"])
        assert [f["type"] for f in await reader.frames(2)] == NAMES[1:]


async def test_a_socket_that_names_nothing_gets_only_what_comes(server, person, path, token) -> None:
    await sync_to_async(say_all)(person)
    async with server.socket(path, token=token) as reader:
        await sync_to_async(publish_to_client)(person.client_id, "notification")
        assert (await reader.frame())["type"] == "notification"


@pytest.mark.parametrize("wanted", [10**15, -1, "7", None, 1.5])
async def test_a_position_that_the_server_never_had_is_answered_with_resync(
    server, person, path, token, wanted
) -> None:
    async with server.socket(path, token=token) as reader:
        await reader.say(resume_from=wanted)
        assert (await reader.frame())["type"] == "resync"


async def test_a_position_older_than_what_is_kept_is_answered_with_resync(
    server, person, path, token
) -> None:
    await sync_to_async(say_all)(person)
    _, events = streams.keys(streams.of_client(person.client_id))
    oldest = int(connection().xrange(events)[0][0].split(b"-")[0])
    await sync_to_async(say_all)(person)
    connection().xtrim(events, maxlen=3, approximate=False)
    async with server.socket(path, token=token) as reader:
        await reader.say(resume_from=oldest)
        assert [f["type"] for f in await reader.frames(4)] == ["resync", *NAMES]


async def test_an_open_socket_resyncs_when_the_stream_was_lost(server, person, path, token) -> None:
    async with server.socket(path, token=token) as reader:
        await sync_to_async(say_all)(person)
        before = (await reader.frames(3))[-1]["seq"]
        connection().delete(*streams.keys(streams.of_client(person.client_id)))
        await sync_to_async(say_all)(person)
        resync, *after = await reader.frames(4)
    assert resync["type"] == "resync"
    assert [f["type"] for f in after] == NAMES
    assert after[0]["seq"] > before


async def test_a_client_returning_after_the_stream_was_lost_resyncs(server, person, path, token) -> None:
    async with server.socket(path, token=token) as reader:
        await sync_to_async(say_all)(person)
        before = (await reader.frames(3))[0]["seq"]
    connection().delete(*streams.keys(streams.of_client(person.client_id)))
    for _ in range(3):
        await sync_to_async(say_all)(person)
    async with server.socket(path, token=token) as reader:
        await reader.say(resume_from=before)
        assert (await reader.frame())["type"] == "resync"


async def test_what_a_client_says_beside_the_contract_changes_nothing(server, person, path, token) -> None:
    async with server.socket(path, token=token) as reader:
        for nonsense in ("not json", "[]", '{"resume": 1}', "\x00"):
            await reader.connection.send(nonsense)
        await reader.connection.send(b"\xff\xfe")
        await sync_to_async(say_all)(person)
        assert [f["type"] for f in await reader.frames(3)] == NAMES
