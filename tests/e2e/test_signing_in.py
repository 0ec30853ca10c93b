import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import sign_in

pytestmark = pytest.mark.e2e


@pytest.mark.requirement("1.5")
def test_the_form_has_username_and_password(contexts):
    page = contexts().new_page()
    page.goto("/")
    expect(page).to_have_url("/sign-in?next=/")
    expect(page.get_by_label("Username")).to_be_focused()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "password")


@pytest.mark.requirement("1.6")
def test_a_wrong_password_is_said_beside_the_field(contexts, sandbox):
    page = contexts().new_page()
    page.goto("/sign-in")
    page.get_by_label("Username").fill(sandbox.people["admin"]["username"])
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".field__error")).to_contain_text("do not match")
    expect(page.get_by_label("Username")).to_have_value(sandbox.people["admin"]["username"])
    expect(page.get_by_label("Password", exact=True)).to_have_value("")


@pytest.mark.requirement("1.7")
def test_an_admin_begins_at_live_operations(contexts, sandbox):
    page = contexts().new_page()
    sign_in(page, sandbox, "admin")
    expect(page.get_by_role("heading", level=1)).to_have_text("Live Operations")


@pytest.mark.requirement("1.8")
def test_a_tenants_person_begins_at_the_tenants_topology(contexts, sandbox):
    page = contexts().new_page()
    sign_in(page, sandbox, "client")
    expect(page).to_have_url(f"/clients/{sandbox.tenant}/topology")
    expect(page.get_by_role("heading", level=1)).to_have_text("Fleet Topology")


@pytest.mark.requirement("1.9")
def test_a_researcher_begins_at_the_risk_model(contexts, sandbox):
    page = contexts().new_page()
    sign_in(page, sandbox, "lab")
    expect(page.get_by_role("heading", level=1)).to_have_text("Risk model")


def test_signing_out_ends_the_session(contexts, sandbox):
    page = contexts().new_page()
    sign_in(page, sandbox, "lab")
    page.goto("/account")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url("/sign-in")
    page.goto("/account")
    expect(page).to_have_url("/sign-in?next=/account")


def test_a_tenant_is_not_told_of_another(page_of, sandbox):
    operator = page_of("admin")
    operator.goto("/operations")
    links = operator.locator("#tenant-rows a")
    hrefs = [link.get_attribute("href") for link in links.all()]
    (foreign, *_) = [href for href in hrefs if sandbox.tenant not in href]
    page = page_of("client")
    assert page.goto(foreign).status == 404
    assert page.goto("/clients/00000000-0000-0000-0000-000000000000/topology").status == 404
    assert page.goto("/operations").status == 403
