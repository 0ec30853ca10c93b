"""Switches as they happen, watched without a reload.

The sandbox moves nodes by itself when prices move. Here AWS also takes three nodes of two clusters, so that
there is something to see whenever the tests run.
"""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WIDE, interrupt, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PATIENCE_SECONDS = 300
STEPS = ["preparing", "switching", "verifying", "complete"]

# Notes what was ever seen of each lane: a step under way or done, its end, its fading away.
WATCH = """() => {
  window.seen = {};
  window.most = { lanes: 0, clusters: 0 };
  const look = () => {
    let clusters = 0;
    for (const section of document.querySelectorAll("#lanes > section")) {
      const lanes = section.querySelectorAll(".lane:not(.is-leaving)");
      clusters += lanes.length > 0;
      window.most.lanes = Math.max(window.most.lanes, lanes.length);
    }
    window.most.clusters = Math.max(window.most.clusters, clusters);
    for (const lane of document.querySelectorAll(".lane")) {
      const notes = (window.seen[lane.dataset.key] ??= []);
      const note = (text) => notes.includes(text) || notes.push(text);
      for (const step of lane.querySelectorAll(".step")) {
        if (step.dataset.state !== "todo") note(`${step.dataset.key} ${step.dataset.state}`);
      }
      if (lane.querySelectorAll(".nodeplate").length === 2) note("two nodes");
      if ("finished" in lane.dataset) note("finished");
      if (lane.classList.contains("is-leaving")) note("fades");
    }
  };
  look();
  new MutationObserver(look).observe(document.getElementById("topology"), {
    subtree: true, childList: true, attributes: true,
  });
}"""


class Watched:
    """The live view of a tenant, watched from one page load on."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.frames: list[dict[str, object]] = []
        self.sockets: list[str] = []
        self.loads = 0
        page.on("websocket", self._opened)
        page.on("framenavigated", self._loaded)
        page.goto(url)
        page.evaluate(WATCH)

    def _opened(self, socket) -> None:
        self.sockets.append(socket.url)
        socket.on("framereceived", lambda payload: self.frames.append(json.loads(payload)))

    def _loaded(self, frame) -> None:
        self.loads += 1

    def quiet_spot_nodes(self, cluster: int) -> list[str]:
        """The EC2 ids of a cluster's spot nodes to which nothing happens."""
        hive = self.page.locator("section[aria-labelledby=hive-title] .hive").nth(cluster)
        return [cell.get_attribute("data-key") for cell in hive.locator(".hex--spot.hex--ok").all()]

    def wait(self, condition: str, *arguments: object) -> None:
        until(self.page, condition, *arguments, timeout=PATIENCE_SECONDS)

    def told_of(self, switch_id: str) -> list[object]:
        return [
            frame.get("step", frame["type"]) for frame in self.frames if frame.get("switch_id") == switch_id
        ]


@pytest.fixture(scope="module")
def watched(browser: Browser, sandbox, sessions) -> Iterator[Watched]:
    context = browser.new_context(base_url=sandbox.base_url, viewport=WIDE, storage_state=sessions("client"))
    watched = Watched(context.new_page(), sandbox.topology("live"))
    for cluster, count in [(0, 2), (1, 1)]:
        for node in watched.quiet_spot_nodes(cluster)[:count]:
            interrupt(node)
    yield watched
    context.close()


@pytest.fixture(scope="module")
def whole_switch(watched: Watched) -> str:
    """The id of a switch that was seen from its first step to its end."""
    wanted = [*(f"{step} now" for step in STEPS[:3]), "complete done", "finished"]
    condition = """(wanted) => Object.values(window.seen).some(
      (notes) => wanted.every((note) => notes.includes(note)))"""
    watched.wait(condition, *wanted)
    seen = watched.page.evaluate("window.seen")
    return next(key for key, notes in seen.items() if all(note in notes for note in wanted))


@pytest.mark.requirement("8.6")
def test_the_socket_of_the_tenant_is_open(watched, sandbox):
    expect(watched.page.locator("#live-dot")).to_have_attribute("data-state", "live")
    assert watched.sockets[0].endswith(f"/ws/client/{sandbox.tenant}/live")


@pytest.mark.requirement("8.7")
def test_a_switch_shows_the_node_that_leaves_and_where_it_goes(watched):
    watched.wait("() => document.querySelector('.lane') !== null")
    lane = watched.page.locator(".lane").first
    expect(lane.locator(".nodeplate")).to_have_count(2)
    expect(lane.locator(".nodeplate .mono").first).to_contain_text("i-")


@pytest.mark.requirement("8.8")
def test_every_step_of_a_switch_is_seen_without_a_reload(watched, whole_switch):
    notes = watched.page.evaluate("(key) => window.seen[key]", whole_switch)
    order = [notes.index(f"{step} now") for step in STEPS[:3]]
    assert order == sorted(order)
    assert watched.loads == 1


@pytest.mark.requirement("8.8")
@pytest.mark.requirement("8.9")
def test_every_step_came_over_the_socket(watched, whole_switch):
    told = watched.told_of(whole_switch)
    places = [told.index(step) for step in [*STEPS, "switch_completed"]]
    assert places == sorted(places)


@pytest.mark.requirement("8.9")
def test_a_finished_switch_fades_into_the_list(watched, whole_switch):
    watched.wait("([key]) => window.seen[key].includes('fades')", whole_switch)
    row = watched.page.locator(f'#finished [data-key="{whole_switch}"]')
    expect(row).to_be_visible()
    expect(watched.page.locator(f'#lanes [data-key="{whole_switch}"]')).to_have_count(0)


@pytest.mark.requirement("8.10")
def test_switches_of_one_cluster_stand_side_by_side(watched):
    watched.wait("() => window.most.lanes >= 2")


@pytest.mark.requirement("8.11")
def test_each_cluster_has_its_own_lanes(watched):
    watched.wait("() => window.most.clusters >= 2")
