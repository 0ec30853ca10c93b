"""A person's own account in a browser; the person is made for it, for nobody else's session shall end."""

import re
import time
from dataclasses import replace
from secrets import token_hex

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.e2e import people

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OVERVIEW = "/api/admin/system/overview"


@pytest.fixture
def person(page_of, secrets) -> people.Person:
    """An administrator of this test alone."""
    admin, name = page_of("admin"), f"ops-{token_hex(3)}"
    people.open_form(admin, name, f"{name}@ops.example", "admin")
    admin.get_by_role("button", name="Create client").click()
    return people.made(admin, secrets, name)


@pytest.fixture
def page(contexts, person) -> Page:
    page = contexts().new_page()
    people.enter(page, person)
    page.wait_for_url("**/operations")
    return page


@pytest.mark.requirement("7.1")
@pytest.mark.requirement("7.2")
@pytest.mark.requirement("7.3")
@pytest.mark.requirement("7.4")
@pytest.mark.requirement("7.5")
def test_username_and_password_are_changed_and_alone_open_the_door(page, person, secrets):
    page.goto("/account")
    expect(page.get_by_label("Current Username")).to_have_value(person.username)
    new = replace(person, username=f"lead-{person.name}", password=person.password[::-1] + "-Tz4")
    secrets.note(new.password)
    page.get_by_label("New Username").fill(new.username)
    for label, value in (("Current Password", person.password), ("New Password", new.password)):
        page.get_by_label(label, exact=True).fill(value)
        expect(page.get_by_label(label, exact=True)).to_have_attribute("type", "password")
    page.get_by_role("button", name="Save Changes").click()

    expect(page).to_have_url(f"/sign-in?username={new.username}")
    expect(page.get_by_text("Profile updated. Please login with new credentials.")).to_be_visible()
    people.enter(page, person)
    expect(page.locator(".field__error")).to_contain_text("do not match")
    people.enter(page, new)
    page.wait_for_url("**/operations")


def test_a_second_factor_is_added_and_asked_for(page, person, secrets):
    page.goto("/account/security")
    page.get_by_role("link", name="Add a second factor").click()
    key = page.locator("#second-factor-key").inner_text().replace(" ", "")
    secrets.note(key)
    app = pyotp.TOTP(key)
    page.get_by_label("Code", exact=True).fill(app.now())
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Your second factor is on")).to_be_visible()
    secrets.note(*page.locator("#recovery-codes").inner_text().split())

    page.context.clear_cookies()
    people.enter(page, person)
    expect(page).to_have_url("/sign-in/code")
    # A code holds once, so the one that comes next; a device's clock may be that much ahead.
    page.get_by_label("Code", exact=True).fill(app.at(time.time(), counter_offset=1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/operations")


def test_an_api_token_is_shown_once_works_and_is_revoked(page, contexts, secrets):
    page.goto("/account/tokens")
    page.get_by_label("Name", exact=True).fill("nightly report")
    page.get_by_label(re.compile("^Read the platform")).check()
    page.get_by_role("button", name="Make token").click()
    token = page.locator("#new-token").inner_text()
    secrets.note(token)
    page.goto("/account/tokens")
    expect(page.get_by_text("nightly report", exact=True)).to_be_visible()
    assert token not in page.content()

    script = contexts().request
    bearer = {"Authorization": f"Bearer {token}"}
    assert script.get(OVERVIEW).status == 401
    assert script.get(OVERVIEW, headers=bearer).status == 200
    page.get_by_role("button", name="Revoke nightly report").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("nightly report", exact=True)).to_have_count(0)
    assert script.get(OVERVIEW, headers=bearer).status == 401
