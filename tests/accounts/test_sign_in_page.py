"""Rows 1.5 and 1.7 to 1.9 as a person in a browser meets them."""

import pytest
from django.test import Client as Browser

from apps.accounts.models import UserStatus
from tests.factories import PASSWORD, AdminFactory, ClientUserFactory, LabFactory

pytestmark = pytest.mark.django_db


def sign_in(browser: Browser, username: str, password: str = PASSWORD, **fields: str):
    return browser.post("/sign-in", {"username": username, "password": password, **fields})


@pytest.mark.requirement("1.5")
def test_a_stranger_is_led_to_the_form() -> None:
    answer = Browser().get("/", follow=True)
    assert answer.redirect_chain == [("/sign-in?next=/", 302)]
    assert {"username", "password"} <= set(answer.context["form"].fields)


@pytest.mark.requirement("1.7", "1.8", "1.9")
@pytest.mark.parametrize("made", [AdminFactory, ClientUserFactory, LabFactory])
def test_a_person_lands_on_their_dashboard_and_the_root_leads_there_too(made) -> None:
    user, browser = made(), Browser()
    landed = sign_in(browser, user.username)
    assert landed.status_code == 302
    assert (
        {
            "admin": "/operations",
            "client": f"/clients/{user.client_id}/topology",
            "lab": "/lab",
        }[user.role]
        == landed["Location"]
        == browser.get("/")["Location"]
    )
    assert browser.get("/sign-in")["Location"] == landed["Location"]


def test_the_page_that_asked_for_a_sign_in_is_gone_on_to() -> None:
    assert sign_in(Browser(), AdminFactory().username, next="/back-office/")["Location"] == "/back-office/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_no_link_leads_out_of_the_site(elsewhere) -> None:
    assert sign_in(Browser(), AdminFactory().username, next=elsewhere)["Location"] == "/operations"


def test_a_wrong_password_is_told_beside_the_field_and_not_repeated() -> None:
    answer = sign_in(Browser(), ClientUserFactory().username, "not-the-password")
    assert answer.status_code == 422
    assert answer.context["form"].errors["password"] == ["Username and password do not match."]
    assert "not-the-password" not in answer.content.decode()


def test_a_username_that_the_step_before_brought_is_filled_in() -> None:
    answer = Browser().get("/sign-in", {"username": "ada@example.com"})
    assert 'value="ada@example.com"' in answer.content.decode()


@pytest.mark.requirement("1.1")
def test_the_page_leads_to_signing_up_and_to_a_new_password() -> None:
    page = Browser().get("/sign-in").content.decode()
    assert 'href="/sign-up">Sign Up</a>' in page
    assert 'href="/forgot-password"' in page
    assert "Sign in with" not in page  # no OpenID provider is configured


def test_where_nobody_may_sign_up_no_link_says_so(settings) -> None:
    settings.SIGN_UP_OPEN = False
    assert "/sign-up" not in Browser().get("/sign-in").content.decode()


def test_an_empty_form_names_both_fields() -> None:
    assert set(sign_in(Browser(), "", "").context["form"].errors) == {"username", "password"}


def test_a_blocked_person_is_told_whom_to_ask() -> None:
    answer = sign_in(Browser(), ClientUserFactory(status=UserStatus.BLOCKED).username)
    (sentence,) = answer.context["form"].non_field_errors()
    assert "blocked" in sentence
    assert "administrator" in sentence


def test_the_form_and_sign_out_want_a_csrf_token() -> None:
    browser = Browser(enforce_csrf_checks=True)
    assert sign_in(browser, ClientUserFactory().username).status_code == 403
    browser.force_login(ClientUserFactory())
    assert browser.post("/sign-out").status_code == 403


def test_sign_out_ends_the_session_and_is_no_link() -> None:
    browser = Browser()
    browser.force_login(ClientUserFactory())
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out")["Location"] == "/sign-in"
    assert browser.get("/")["Location"] == "/sign-in?next=/"


def test_a_session_is_new_after_sign_in() -> None:
    browser = Browser()
    browser.get("/sign-in")
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    browser.cookies["atharva_session"] = planted = session.session_key
    sign_in(browser, ClientUserFactory().username)
    assert browser.cookies["atharva_session"].value != planted
