"""Every socket, opened by nine kinds of callers with the credential that each would send."""

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from websockets.exceptions import ConnectionClosed

from atharva.live.routing import sockets
from tests.factories import ClientFactory, OperationFactory
from tests.live.conftest import server
from tests.security.people import SIGNED_OUT, Who, credentials

__all__ = ["server"]  # the fixture of a web process
pytestmark = pytest.mark.django_db(transaction=True)

ADMITTED, NOBODY, NOT_YOURS = None, 4401, 4403
SIGNED_OUT_ARE = dict.fromkeys(SIGNED_OUT, NOBODY)
ROWS = {
    "ws/admin/live": {
        **SIGNED_OUT_ARE,
        Who.OTHER: NOT_YOURS,
        Who.CLIENT: NOT_YOURS,
        Who.LAB: NOT_YOURS,
        Who.ADMIN: ADMITTED,
    },
    "ws/client/<uuid:client_id>/live": {
        **SIGNED_OUT_ARE,
        Who.OTHER: NOT_YOURS,
        Who.CLIENT: ADMITTED,
        Who.LAB: NOT_YOURS,
        Who.ADMIN: ADMITTED,
    },
    "ws/operations/<uuid:operation_id>": {
        **SIGNED_OUT_ARE,
        Who.OTHER: NOT_YOURS,
        Who.CLIENT: ADMITTED,
        Who.LAB: NOT_YOURS,
        Who.ADMIN: ADMITTED,
    },
}


def patterns(router: URLRouter) -> set[str]:
    return {str(route.pattern) for route in router.routes}


def test_every_socket_has_a_row_and_every_row_a_socket() -> None:
    assert patterns(sockets) == set(ROWS)


def the_world():
    tenant = ClientFactory()
    operation = OperationFactory(cluster__account__client=tenant)
    return credentials(tenant), {"client_id": tenant.pk, "operation_id": operation.pk}


async def closed_with(server, path: str, **credential: str) -> int | None:
    """The code that a socket is closed with; None where it stays open and answers."""
    async with server.socket(path, **credential) as socket:
        # Who may stay hears that what they ask for is gone; the others hear nothing.
        try:
            await socket.say(resume_from=-1)
            frame = await socket.frame()
        except ConnectionClosed:
            return socket.connection.close_code
    assert frame["type"] == "resync"
    return None


@pytest.mark.parametrize("kind", ["token", "cookie"])
@pytest.mark.parametrize("pattern", ROWS)
async def test_each_caller_is_let_in_or_told_why_not(server, pattern: str, kind: str) -> None:
    callers, names = await sync_to_async(the_world)()
    path = "/" + pattern
    for name, value in names.items():
        path = path.replace(f"<uuid:{name}>", str(value))
    expected = ROWS[pattern]
    for who, caller in callers.items():
        value = getattr(caller, kind)
        code = await closed_with(server, path, **({kind: value} if value else {}))
        assert (who, code) == (who, expected[who])
