"""The code after the password; adding and removing the second factor, as a person in a browser does."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import half_signed_in, second_factor
from tests.accounts.enrolling import App, enrolled
from tests.factories import PASSWORD, AdminFactory, ClientUserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return AdminFactory()


@pytest.fixture
def browser() -> Browser:
    return Browser()


def show_password(browser: Browser, user: User, **fields: str):
    return browser.post("/sign-in", {"username": user.username, "password": PASSWORD, **fields})


def enter(browser: Browser, code: str):
    return browser.post("/sign-in/code", {"code": code})


def says(answer) -> list[str]:
    """The messages of the page that one lands on."""
    return [str(message) for message in answer.context["messages"]]


class TestSigningIn:
    def test_the_password_alone_opens_nothing(self, browser, user) -> None:
        enrolled(user)
        assert show_password(browser, user)["Location"] == "/sign-in/code"
        assert browser.get("/operations")["Location"].startswith("/sign-in?")
        assert browser.get("/api/auth/me").status_code == 401

    def test_the_code_opens_the_page_that_was_wanted(self, browser, user) -> None:
        app, _ = enrolled(user)
        show_password(browser, user, next="/back-office/")
        assert user.username in browser.get("/sign-in/code").content.decode()
        assert enter(browser, app.code())["Location"] == "/back-office/"
        assert browser.get("/api/auth/me").json()["user"]["username"] == user.username

    def test_a_recovery_code_opens_it_once(self, browser, user) -> None:
        _, codes = enrolled(user)
        show_password(browser, user)
        assert enter(browser, codes[0])["Location"] == "/operations"
        browser.post("/sign-out")
        show_password(browser, user)
        assert enter(browser, codes[0]).status_code == 422

    def test_a_wrong_code_is_told_beside_the_field(self, browser, user) -> None:
        app, _ = enrolled(user)
        show_password(browser, user)
        answer = enter(browser, app.wrong_code())
        assert answer.status_code == 422
        assert "does not match" in answer.context["form"].errors["code"][0]
        assert enter(browser, app.code()).status_code == 302

    def test_after_five_wrong_codes_the_password_is_asked_for_again(self, browser, user) -> None:
        app, _ = enrolled(user)
        show_password(browser, user)
        for _ in range(half_signed_in.MOST_TRIES - 1):
            assert enter(browser, app.wrong_code()).status_code == 422
        assert enter(browser, app.wrong_code())["Location"] == "/sign-in"
        assert enter(browser, app.code())["Location"] == "/sign-in"

    def test_other_browsers_do_not_give_a_guesser_more_tries(self, user) -> None:
        app, _ = enrolled(user)
        for _ in range(second_factor.MOST_WRONG_CODES // 2):
            browser = Browser()
            show_password(browser, user)
            for _ in range(2):
                assert enter(browser, app.wrong_code()).status_code == 422
        show_password(browser := Browser(), user)
        answer = browser.post("/sign-in/code", {"code": app.code()}, follow=True)
        assert answer.redirect_chain == [("/sign-in", 302)]
        assert "Too many" in says(answer)[0]

    def test_who_takes_too_long_enters_the_password_again(self, browser, user) -> None:
        app, _ = enrolled(user)
        show_password(browser, user)
        with time_machine.travel(timezone.now() + half_signed_in.LIFETIME + timedelta(seconds=1)):
            answer = browser.post("/sign-in/code", {"code": app.code()}, follow=True)
        assert answer.redirect_chain == [("/sign-in", 302)]
        assert "password first" in says(answer)[0]

    def test_the_page_of_the_code_is_nothing_by_itself(self, browser) -> None:
        assert browser.get("/sign-in/code")["Location"] == "/sign-in"

    def test_a_password_changed_meanwhile_voids_the_first_step(self, browser, user) -> None:
        app, _ = enrolled(user)
        show_password(browser, user)
        user.set_password("another-horse-battery-43")
        user.save()
        assert enter(browser, app.code())["Location"] == "/sign-in"

    def test_the_session_is_new_after_the_password_and_after_the_code(self, browser, user) -> None:
        app, _ = enrolled(user)
        browser.get("/sign-in")
        show_password(browser, user)
        half = browser.cookies["atharva_session"].value
        enter(browser, app.code())
        assert browser.cookies["atharva_session"].value != half

    def test_an_empty_code_is_no_try(self, browser, user) -> None:
        enrolled(user)
        show_password(browser, user)
        for _ in range(half_signed_in.MOST_TRIES + 1):
            assert enter(browser, " ").status_code == 422


class TestAdding:
    def test_the_page_shows_the_key_twice_and_no_style_of_its_own(self, browser, user) -> None:
        browser.force_login(user)
        page = browser.get("/account/security/second-factor").content.decode()
        assert key_on(page)
        assert re.search(r'<svg class="qr" viewBox="0 0 \d+ \d+" role="img"', page)
        assert "style=" not in page

    @pytest.mark.parametrize("made", [AdminFactory, ClientUserFactory])
    def test_a_code_of_the_app_adds_it_and_shows_the_recovery_codes_once(self, browser, made) -> None:
        browser.force_login(user := made())
        app = App(key_on(browser.get("/account/security/second-factor").content.decode()))
        answer = browser.post("/account/security/second-factor", {"code": app.code()})
        codes = re.findall(r"\d{5}-\d{5}", answer.content.decode())
        assert len(codes) == 10
        assert second_factor.is_enrolled(user)
        second_factor.check_code(user, codes[0])
        assert browser.get("/account/security/second-factor")["Location"] == "/account/security"
        assert codes[0] not in browser.get("/account/security").content.decode()

    def test_a_wrong_code_leaves_the_key_as_it_was(self, browser, user) -> None:
        browser.force_login(user)
        key = key_on(browser.get("/account/security/second-factor").content.decode())
        answer = browser.post("/account/security/second-factor", {"code": App(key).wrong_code()})
        assert answer.status_code == 422
        assert key_on(answer.content.decode()) == key
        assert not second_factor.is_enrolled(user)

    def test_the_waiting_key_is_encrypted_in_the_session(self, browser, user) -> None:
        browser.force_login(user)
        key = key_on(browser.get("/account/security/second-factor").content.decode())
        assert key not in str(dict(browser.session))


class TestRemoving:
    def test_it_wants_the_password_and_a_code_and_signs_out(self, browser, user) -> None:
        app, _ = enrolled(user)
        browser.force_login(user)
        path = "/account/security/second-factor/remove"
        wrong = browser.post(path, {"password": "not-it", "code": app.code()})
        assert wrong.status_code == 422
        assert set(wrong.context["form"].errors) == {"password"}
        wrong = browser.post(path, {"password": PASSWORD, "code": app.wrong_code()})
        assert set(wrong.context["form"].errors) == {"code"}
        assert browser.post(path, {"password": PASSWORD, "code": app.code()})["Location"] == "/sign-in"
        assert browser.get("/account/security")["Location"].startswith("/sign-in?")
        assert show_password(browser, user)["Location"] == "/operations"

    def test_without_one_there_is_nothing_to_remove(self, browser, user) -> None:
        browser.force_login(user)
        assert browser.get("/account/security/second-factor/remove")["Location"] == "/account/security"


def key_on(page: str) -> str:
    """The key as a person would type it."""
    found = re.search(r'id="second-factor-key">([A-Z2-7 ]+)<', page)
    assert found
    return found[1].replace(" ", "")
