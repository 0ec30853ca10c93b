"""Client Management in a browser: from a person's first day to their last."""

import re
from secrets import token_hex

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import people

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

# Of this run alone: a sandbox that stays may have those of runs before.
RUN = token_hex(3)
NAME, EMAIL, COMPANY = f"Milton Waddams {RUN}", f"milton-{RUN}@hooli.example", f"Hooli {RUN}"
INVITED = f"nina-{RUN}@atharva.example"


@pytest.fixture
def admin(page_of) -> Page:
    return page_of("admin", permissions=["clipboard-read", "clipboard-write"])


def row(admin: Page):
    return admin.locator("#people tbody tr").filter(has_text=EMAIL)


def edit(admin: Page, *, role: str | None = None, blocked: bool) -> None:
    """Through the sheet and its question."""
    row(admin).get_by_role("link", name=f"Edit {NAME}").click()
    dialog = admin.locator("#dialog")
    if role:
        dialog.get_by_label("Role").select_option(role)
    dialog.get_by_role("switch", name="Blocked").set_checked(blocked)
    dialog.get_by_role("button", name="Apply Changes").click()
    expect(dialog.get_by_role("heading", name="Update client access?")).to_be_visible()
    dialog.get_by_role("button", name="Update client").click()
    expect(admin.get_by_text(f"Client updated: {NAME}.")).to_be_visible()


@pytest.mark.requirement("6.1")
def test_the_list_has_its_columns_and_is_searched_and_sorted_in_its_address(admin, sandbox):
    admin.goto("/people")
    heads = [head.inner_text().strip() for head in admin.locator("#people thead th").all()]
    assert heads[:6] == ["Name", "Username", "Role", "Tenant", "Status", "Last login"]
    admin.get_by_role("link", name="Username", exact=True).click()
    expect(admin.locator("#people th[aria-sort=ascending]")).to_have_text("Username")
    names = [cell.inner_text() for cell in admin.locator("#people td.mono").all()]
    assert names == sorted(names, key=str.lower) and len(names) >= 3
    username = sandbox.people["lab"]["username"]
    admin.get_by_role("searchbox").fill(username)
    expect(admin.locator("#people tbody tr")).to_have_count(1)
    expect(admin.locator("#people tbody")).to_contain_text(username)
    expect(admin).to_have_url(re.compile(rf"search={username}.*ordering=username|ordering=username.*search="))


@pytest.mark.requirement("6.2")
@pytest.mark.requirement("6.3")
@pytest.mark.requirement("6.4")
@pytest.mark.requirement("6.5")
@pytest.mark.requirement("6.6")
@pytest.mark.requirement("6.7")
@pytest.mark.requirement("6.8")
@pytest.mark.requirement("6.9")
@pytest.mark.requirement("6.10")
def test_a_person_comes_is_changed_is_blocked_and_goes(admin, contexts, secrets):
    people.open_form(admin, NAME, EMAIL, "client")
    admin.get_by_label("Name of the new tenant").fill(COMPANY)
    admin.get_by_role("button", name="Create client").click()
    milton = people.made(admin, secrets, NAME)
    assert milton.username == EMAIL
    admin.get_by_role("button", name="Copy the password").click()
    expect(admin.get_by_role("button", name="Copy the password")).to_have_text("Copied")
    assert admin.evaluate("navigator.clipboard.readText()") == milton.password
    admin.get_by_role("link", name="I have stored them").click()
    expect(row(admin)).to_contain_text(COMPANY)
    assert milton.password not in admin.content()

    theirs = contexts().new_page()
    people.enter(theirs, milton)
    theirs.wait_for_url("**/clients/*/topology")
    expect(theirs.locator("#live-dot")).to_have_attribute("data-state", "live")

    edit(admin, role="lab", blocked=True)
    expect(row(admin)).to_contain_text(re.compile(r"Lab\s+none\s+Blocked"))
    theirs.wait_for_url("**/sign-in?next=*")  # the open page notices by itself
    people.enter(theirs, milton)
    expect(theirs.get_by_text("This account is blocked.")).to_be_visible()

    edit(admin, blocked=False)
    people.enter(theirs, milton)
    theirs.wait_for_url("**/lab")

    row(admin).get_by_role("link", name=f"Delete {NAME}").click()
    dialog = admin.locator("#dialog")
    expect(dialog.get_by_role("heading", name="Permanently delete this client?")).to_be_visible()
    dialog.get_by_role("button", name="Delete client").click()
    expect(admin.get_by_text(f"Client deleted: {NAME}.")).to_be_visible()
    expect(row(admin)).to_have_count(0)
    theirs.goto("/lab")
    expect(theirs).to_have_url(re.compile("/sign-in"))

    people.open_form(admin, NAME, EMAIL, "lab")  # the address is free again
    admin.get_by_role("button", name="Create client").click()
    assert people.made(admin, secrets, NAME).password != milton.password

    assert {"Added a person", "Deleted a person", "Opened a blocked account"} <= set(trail(admin))


def trail(admin: Page) -> list[str]:
    """What the audit page says of the person, which is also what its CSV has."""
    admin.goto("/audit")
    everything = admin.locator("#audit tbody tr").count()
    admin.get_by_role("searchbox", name="Search by target").fill(NAME)
    admin.wait_for_url("**/audit?*target=*")
    rows = admin.locator("#audit tbody tr")
    expect(rows.filter(has_not_text=NAME)).to_have_count(0)
    assert 0 < rows.count() < everything
    with admin.expect_download() as download:
        admin.get_by_role("link", name="CSV").click()
    lines = download.value.path().read_text().strip().splitlines()
    assert len(lines) == rows.count() + 1 and NAME in lines[1]
    return [cell.inner_text() for cell in rows.locator("[data-label=What]").all()]


def test_somebody_is_invited_instead_and_the_seat_is_withdrawn(admin):
    people.open_form(admin, "", INVITED, "lab")
    dialog = admin.locator("#dialog")
    dialog.get_by_text("Send an invitation").click()
    expect(dialog.get_by_label("Name", exact=True)).to_be_hidden()
    dialog.get_by_role("button", name="Send the invitation").click()
    seat = admin.locator(".seats > li").filter(has_text=INVITED)
    expect(seat).to_contain_text("Lab")
    seat.get_by_role("button", name=f"Withdraw the invitation of {INVITED}").click()
    seat.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(seat).to_have_count(0)
