"""An administrator takes the second factor of somebody away who has lost it."""

import pytest
from django.test import Client as Browser

from apps.accounts.models import AuditEvent, User
from apps.accounts.services import second_factor
from tests.accounts.enrolling import enrolled
from tests.factories import AdminFactory, ClientUserFactory, LabFactory

pytestmark = pytest.mark.django_db
WORDS = "Take the second factor away"


@pytest.fixture
def admin() -> User:
    return AdminFactory()


@pytest.fixture
def browser(admin) -> Browser:
    browser = Browser()
    browser.force_login(admin)
    return browser


@pytest.fixture
def person() -> User:
    return ClientUserFactory(name="Ada")


def away(person: User) -> str:
    return f"/people/{person.pk}/second-factor"


def test_it_is_offered_for_who_has_one_alone(browser, person) -> None:
    assert WORDS not in browser.get(f"/people/{person.pk}").content.decode()
    enrolled(person)
    page = browser.get(f"/people/{person.pk}").content.decode()
    assert WORDS in page and away(person) in page


def test_it_is_asked_about_first(browser, person) -> None:
    enrolled(person)
    asked = browser.get(away(person)).content.decode()
    assert "their password alone opens the account" in asked
    assert second_factor.is_enrolled(person)


def test_then_the_password_opens_and_every_session_has_ended(browser, admin, person) -> None:
    enrolled(person)
    theirs = Browser()
    theirs.force_login(person)
    assert theirs.get("/account").status_code == 200
    page = browser.post(away(person), follow=True).content.decode()
    assert "The second factor of Ada is gone." in page
    assert not second_factor.is_enrolled(person)
    assert theirs.get("/account")["Location"] == "/sign-in?next=/account"
    event = AuditEvent.objects.get(what="second_factor_removed")
    assert (event.who, event.client) == (admin, person.client)


def test_ones_own_goes_from_ones_own_page(browser, admin) -> None:
    enrolled(admin)
    assert WORDS not in browser.get(f"/people/{admin.pk}").content.decode()
    assert browser.post(away(admin)).status_code == 404
    assert second_factor.is_enrolled(admin)


def test_without_one_there_is_nothing_to_take(browser, person) -> None:
    assert browser.get(away(person)).status_code == browser.post(away(person)).status_code == 404


def test_nobody_else_may(client, person) -> None:
    enrolled(person)
    for made in (ClientUserFactory, LabFactory):
        client.force_login(made())
        assert client.post(away(person)).status_code == 403
    assert second_factor.is_enrolled(person)
