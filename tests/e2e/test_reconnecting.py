"""The socket is lost: the page says so, keeps itself up to date meanwhile, and takes up where it was."""

import json

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import until

pytestmark = pytest.mark.e2e

NOTE_STATES = """() => {
  const dot = document.getElementById("live-dot");
  window.states = [dot.dataset.state];
  new MutationObserver(() => window.states.push(dot.dataset.state)).observe(dot, {
    attributes: true, attributeFilter: ["data-state"],
  });
}"""


class Wire:
    """Between the page's sockets and the server; can be cut."""

    def __init__(self, page: Page) -> None:
        self.is_cut = False
        self.sockets: list[WebSocketRoute] = []
        self.said: list[dict[str, object]] = []
        page.route_web_socket("**/ws/**", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        if self.is_cut:
            socket.close(code=1013)
            return
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            self.said.append(json.loads(message))
            server.send(message)

        socket.on_message(to_server)

    def cut(self) -> None:
        self.is_cut = True
        self.sockets[-1].close(code=1013)

    def mend(self) -> None:
        self.is_cut = False


@pytest.fixture
def page(page_of, sandbox) -> Page:
    return page_of("client")


@pytest.fixture
def wire(page, sandbox) -> Wire:
    wire = Wire(page)
    page.goto(sandbox.topology("live"))
    expect(page.locator("#live-dot")).to_have_attribute("data-state", "live")
    page.evaluate(NOTE_STATES)
    return wire


def test_a_short_break_is_said_and_taken_up_from_the_last_number(page, wire):
    wire.sockets[-1].close(code=1013)
    until(page, "() => window.states.length >= 3")
    assert page.evaluate("window.states") == ["live", "reconnecting", "live"]
    assert len(wire.sockets) == 2
    assert [message["resume_from"] >= 0 for message in wire.said] == [True, True]


def test_a_long_break_is_bridged_by_polling(page, wire):
    wire.cut()
    dot = page.locator("#live-dot")
    with page.expect_request("**/topology/body?view=live", timeout=30_000):
        expect(dot).to_have_attribute("data-state", "polling", timeout=30_000)
    expect(dot).to_contain_text("Polling")
    wire.mend()
    expect(dot).to_have_attribute("data-state", "live", timeout=60_000)


def test_an_ended_session_leads_to_the_sign_in(page, wire, sandbox):
    with page.expect_request(lambda request: "/sign-in?next=" in request.url):
        wire.sockets[-1].close(code=4401)
    # The session stands, so the sign-in page leads straight back to where the person was.
    page.wait_for_url("**/topology?view=live")
