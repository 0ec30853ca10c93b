"""A second factor over the API: the name and the password alone open nothing."""

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import AuditEvent, TokenFamily, User
from tests.accounts.enrolling import App, enrolled
from tests.factories import PASSWORD, AdminFactory, ClientUserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return AdminFactory()


@pytest.fixture
def app(user: User) -> App:
    return enrolled(user)[0]


def login(user: User, password: str = PASSWORD, **code: str):
    return APIClient().post("/api/auth/login", {"username": user.username, "password": password} | code)


@pytest.mark.parametrize("code", [{}, {"code": ""}])
def test_without_a_code_it_is_asked_for_and_nothing_is_given(user, app, code) -> None:
    answer = login(user, **code)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "second_factor_required")
    assert "atharva_session" not in answer.cookies
    assert not TokenFamily.objects.exists()
    assert not AuditEvent.objects.filter(what="signed_in").exists()


def test_with_its_code_it_opens_once(user, app) -> None:
    code = app.code()
    assert login(user, code=code).status_code == 200
    again = login(user, code=code)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "second_factor_wrong")


def test_a_wrong_code_opens_nothing(user, app) -> None:
    answer = login(user, code=app.wrong_code())
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "second_factor_wrong")
    assert not TokenFamily.objects.exists()


def test_a_wrong_password_does_not_tell_that_a_code_is_asked_for(user, app) -> None:
    assert login(user, "wrong", code=app.code()).json()["error"]["code"] == "invalid_credentials"


def test_codes_are_not_guessed_without_end(user, app) -> None:
    statuses = [login(user, code=app.wrong_code()).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_who_has_none_is_asked_for_none() -> None:
    assert login(ClientUserFactory(), code="000000").status_code == 200
