"""A reader that does not read costs the server nothing but its own socket."""

import asyncio

import pytest
import websockets
from asgiref.sync import sync_to_async

from atharva.live import consumer, publish_to_client
from tests.factories import ClientUserFactory

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_reader_that_stops_reading_is_dropped_with_4408(server, token_of, monkeypatch) -> None:
    monkeypatch.setattr(consumer, "SEND_SECONDS", 0.5)
    person = await sync_to_async(ClientUserFactory)()
    path = f"/ws/client/{person.client_id}/live"
    # A queue of one frame: the library stops reading from the network until somebody takes it.
    async with server.socket(path, token=await token_of(person), max_queue=1, compression=None) as reader:
        for _ in range(200):
            await sync_to_async(publish_to_client)(person.client_id, "notification", text="x" * 100_000)
        await asyncio.sleep(1.5)  # not reading is the case itself
        with pytest.raises(websockets.ConnectionClosed) as end:
            await reader.frames(200)
        assert end.value.rcvd.code == 4408
