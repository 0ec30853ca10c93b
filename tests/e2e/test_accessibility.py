import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, WIDE

pytestmark = pytest.mark.e2e

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# The checker styles the page to look through it, which the page's security policy would forbid.
CHECKED: dict[str, object] = {"reduced_motion": "reduce", "bypass_csp": True}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """async (rules) => (await axe.run(document, { runOnly: rules })).violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)"""


# For somebody who is not signed in; the link to join is one that opens nothing.
STRANGERS = [
    "/sign-in",
    "/sign-up",
    "/forgot-password",
    "/join/00000000-0000-0000-0000-000000000000/a-secret-that-opens-nothing",
]
PLATFORM = [
    "/operations",
    "/system",
    "/people",
    "/people/new",
    "/audit",
    "/lab",
    "/lab?pools=all",
    "/account",
    "/account/security",
    "/account/security/second-factor",
    "/account/tokens",
]
OF_TENANT = ["topology?view=cycle", "topology?view=live", "connections", "operations", "team", "audit"]
OF_CLUSTER = ["decisions", "plans", "consolidation", "rightsizing", "policy"]
LINKED = re.compile(r"/connections/(accounts|clusters)/[0-9a-f-]{36}$")


@pytest.fixture(params=["light", "dark"])
def theme(request) -> str:
    return request.param


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def options(request, theme) -> dict[str, object]:
    return {"viewport": request.param, "color_scheme": theme, **CHECKED}


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    return page.evaluate(CHECK, RULES)


def check(page: Page) -> None:
    """What is there now holds and fits."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert (page.url, violations(page)) == (page.url, [])
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert (page.url, wide <= room) == (page.url, True)


def of_connections(page: Page, tenant: str) -> list[str]:
    """The pages that the tenant's connections lead to: one of an account, one of a cluster, forms."""
    page.goto(f"{tenant}/connections")
    hrefs = [link.get_attribute("href") for link in page.locator("main a").all()]
    kinds = {found[1]: href for href in hrefs if href and (found := LINKED.search(href))}
    assert set(kinds) == {"accounts", "clusters"}
    forms = [f"{tenant}/connections/accounts/new", f"{kinds['accounts']}/clusters/new"]
    tabs = [f"{kinds['clusters'].replace('/connections', '')}/{tab}" for tab in OF_CLUSTER]
    return [*kinds.values(), *forms, *tabs]


@pytest.mark.timeout(600)
def test_every_page_holds_and_fits(page_of, options, sandbox):
    page = page_of("admin", **options)
    tenant = f"/clients/{sandbox.tenant}"
    for path in [
        *PLATFORM,
        *(f"{tenant}/{path}" for path in OF_TENANT),
        *of_connections(page, tenant),
    ]:
        page.goto(path)
        check(page)


@pytest.mark.timeout(300)
def test_every_page_of_a_stranger_holds_and_fits(contexts, options):
    page = contexts(**options).new_page()
    for path in STRANGERS:
        page.goto(path)
        check(page)


def test_the_dialogs_over_the_list_of_people_hold(page_of, options):
    page = page_of("admin", **options)
    page.goto("/people")
    for link in ("Add Client", "Edit lab", "Delete lab"):
        page.get_by_role("link", name=link).click()
        expect(page.locator("#dialog h2")).to_be_visible()
        check(page)
        page.keyboard.press("Escape")
        expect(page.locator("#dialog")).to_be_hidden()


def test_more_opens_the_rest_of_a_phones_bar_by_keyboard(page_of):
    page = page_of("admin", viewport=PHONE, **CHECKED)
    page.goto("/operations")
    bar = page.get_by_role("navigation", name="Main, phone")
    expect(bar.locator("> a, > button")).to_have_count(5)
    more = bar.get_by_role("button", name="More")
    more.press("Enter")
    expect(bar.get_by_role("link", name="Platform audit")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    expect(bar.get_by_role("link", name="Platform audit")).to_be_hidden()
    more.press("Enter")
    page.keyboard.press("Tab")
    expect(bar.get_by_role("link", name="Platform audit")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/audit")


def test_the_keyboard_goes_where_its_letters_say(page_of, sandbox):
    page = page_of("admin")
    page.goto("/operations")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/clients/*/topology")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/operations")
