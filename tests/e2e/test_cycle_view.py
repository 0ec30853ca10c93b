import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import until

pytestmark = pytest.mark.e2e


@pytest.fixture
def page(page_of, sandbox) -> Page:
    page = page_of("client")
    page.goto(sandbox.topology())
    page.mouse.move(5, 890)  # away from the plates, under which the cycle rests
    return page


def shown(page: Page) -> str:
    (slide,) = [one for one in page.locator("[data-cycle-slide]").all() if one.is_visible()]
    return slide.get_attribute("aria-label")


@pytest.mark.requirement("8.1")
@pytest.mark.requirement("8.2")
@pytest.mark.requirement("8.3")
def test_a_cluster_is_linked_to_the_engine_and_its_nodes(page):
    slide = page.locator("[data-cycle-slide]:visible")
    expect(slide.locator(".plate")).to_have_count(3)
    expect(slide.locator("h2")).to_have_text(shown(page))
    expect(slide.locator(".plate").nth(1)).to_contain_text("Atharva.AI Engine")
    expect(slide.locator(".plate").nth(2).locator("h3")).to_contain_text("node")


@pytest.mark.requirement("8.4")
def test_the_nodes_plate_draws_each_node_and_says_its_health(page):
    slide = page.locator("[data-cycle-slide]:visible")
    count = int(slide.locator("h3").last.inner_text().split()[0])
    expect(slide.locator(".hive use")).to_have_count(count)
    expect(slide.locator(".pill")).not_to_be_empty()


@pytest.mark.requirement("8.5")
def test_turns_to_each_cluster_every_five_seconds(page):
    page.evaluate(
        """() => {
          window.turns = [];
          const look = () => {
            const slide = document.querySelector("[data-cycle-slide]:not([hidden])");
            const last = window.turns.at(-1);
            const name = slide.ariaLabel;
            if (last?.name !== name) window.turns.push({ name, at: performance.now() });
          };
          look();
          new MutationObserver(look).observe(document.querySelector(".cycle"), {
            subtree: true, attributes: true, attributeFilter: ["hidden"],
          });
        }"""
    )
    until(page, "() => window.turns.length >= 5")
    turns = page.evaluate("window.turns")
    names = [turn["name"] for turn in turns]
    assert len(set(names[:3])) == 3 and names[3:5] == names[:2]
    spans = [after["at"] - before["at"] for before, after in zip(turns[1:], turns[2:], strict=False)]
    assert all(4_500 < span < 6_500 for span in spans), spans


def test_rests_under_the_pointer(page):
    before = shown(page)
    page.locator(".cycle").hover()
    page.wait_for_timeout(6_000)  # that nothing happens takes its time
    assert shown(page) == before


def test_a_dot_jumps_to_its_cluster(page):
    dot = page.locator("[data-cycle-dot]").last
    dot.click()
    assert shown(page) == dot.locator(".mid").inner_text()
    expect(dot).to_have_attribute("aria-pressed", "true")
