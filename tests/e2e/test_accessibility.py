from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE

pytestmark = pytest.mark.e2e

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# The checker styles the page to look through it, which the page's security policy would forbid.
CHECKED = {"reduced_motion": "reduce", "bypass_csp": True}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """async (rules) => (await axe.run(document, { runOnly: rules })).violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)"""


@pytest.fixture(params=["light", "dark"])
def theme(request) -> str:
    return request.param


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def page(request, page_of, theme):
    return page_of(
        "admin", viewport=request.param, color_scheme=theme, reduced_motion="reduce", bypass_csp=True
    )


def violations(page) -> list[str]:
    page.evaluate(AXE.read_text())
    return page.evaluate(CHECK, RULES)


def test_every_page_holds_and_fits(page, sandbox):
    for path in ["/operations", sandbox.topology("cycle"), sandbox.topology("live"), "/account"]:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert (path, violations(page)) == (path, [])
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert (path, wide <= room) == (path, True)


def test_the_sign_in_page_holds(contexts, theme):
    page = contexts(color_scheme=theme, **CHECKED).new_page()
    page.goto("/sign-in")
    assert violations(page) == []


def test_the_keyboard_goes_where_its_letters_say(page_of, sandbox):
    page = page_of("admin")
    page.goto("/operations")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/clients/*/topology")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/operations")
