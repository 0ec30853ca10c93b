"""Publishing reaches who it must, and never fails its caller."""

import json
import socket
import time
import uuid
from decimal import Decimal

import pytest

from atharva.live import publish, publish_to_client, publishing, session_changed, streams
from atharva.live.publishing import connection


def bodies(stream: str) -> list[dict[str, object]]:
    _, events = streams.keys(stream)
    return [json.loads(fields[b"body"]) for _, fields in connection().xrange(events)]


def test_a_tenants_event_reaches_the_tenant_and_the_operators() -> None:
    client_id = uuid.uuid4()
    publish_to_client(client_id, "savings_updated", hourly_usd=Decimal("1.50"))
    (event,) = bodies(streams.of_client(client_id))
    assert event["client_id"] == str(client_id)
    assert event["hourly_usd"] == "1.50"
    assert event in bodies("admin")


def test_a_stream_keeps_about_a_thousand_events() -> None:
    stream = streams.of_client(uuid.uuid4())
    for _ in range(1300):
        publish(stream, "switch_progress")
    assert 1000 <= len(bodies(stream)) < 1200


@pytest.fixture
def dead_redis(settings, request):
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        for cached in (publishing.connection, publishing.append):
            cached.cache_clear()
            request.addfinalizer(cached.cache_clear)
        yield


@pytest.mark.usefixtures("dead_redis")
def test_without_redis_the_caller_goes_on_and_the_loss_is_counted() -> None:
    before = publishing.lost._value.get()
    started = time.monotonic()
    publish_to_client(uuid.uuid4(), "switch_progress")
    session_changed(uuid.uuid4())
    assert publishing.lost._value.get() == before + 2
    assert time.monotonic() - started < 30
