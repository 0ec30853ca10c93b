"""Rows 7.2 to 7.5: an admin changes username or password, and has to sign in anew."""

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import AuditEvent, User
from apps.accounts.services.sessions import open_family
from tests.factories import PASSWORD, AdminFactory, ClientUserFactory, LabFactory

pytestmark = pytest.mark.django_db
PROFILE, ME, LOGIN = "/api/admin/profile", "/api/auth/me", "/api/auth/login"
NEW = "another-good-passphrase-7"


def change(client: APIClient, **fields: str):
    return client.put(PROFILE, {"current_password": PASSWORD} | fields)


@pytest.mark.requirement("7.2", "7.3", "7.4", "7.5")
def test_new_credentials_end_every_session_and_answer_a_new_pair(as_user) -> None:
    user, browser = AdminFactory(), APIClient()
    browser.force_login(user)
    elsewhere = open_family(user)
    answer = change(browser, new_username="root@example.com", new_password=NEW)
    assert answer.status_code == 200
    assert browser.get(ME).status_code == 401
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {elsewhere.access}").get(ME).status_code == 401
    bearer = APIClient(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert bearer.get(ME).json()["user"]["username"] == "root@example.com"
    assert APIClient().post(LOGIN, {"username": user.username, "password": PASSWORD}).status_code == 401
    assert APIClient().post(LOGIN, {"username": "root@example.com", "password": NEW}).status_code == 200


def test_the_trail_has_the_names_and_no_password(as_user) -> None:
    user = AdminFactory()
    change(as_user(user), new_username="root@example.com", new_password=NEW)
    event = AuditEvent.objects.get(what="profile_changed")
    assert event.before == {"username": user.username, "password": None}
    assert event.after == {"username": "root@example.com", "password": "changed"}


def test_without_the_current_password_nothing_changes(as_user) -> None:
    admin = as_user(AdminFactory())
    answer = change(admin, current_password="wrong", new_password=NEW)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "current_password_wrong")
    assert admin.get(ME).status_code == 200


def test_a_taken_username_is_told_however_it_is_capitalised(as_user) -> None:
    ClientUserFactory(username="Ann@acme.example")
    admin = as_user(AdminFactory())
    answer = change(admin, new_username="ann@acme.example")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "username_taken")
    assert admin.get(ME).status_code == 200


def test_a_deleted_persons_username_is_free(as_user, django_user_model) -> None:
    gone = ClientUserFactory()
    User.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)
    assert change(as_user(AdminFactory()), new_username=gone.username).status_code == 200


def test_a_weak_password_or_no_change_is_refused(as_user) -> None:
    admin = as_user(AdminFactory())
    assert change(admin, new_password="password1234").json()["error"]["code"] == "password_refused"
    nothing = change(admin)
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (422, "nothing_to_change")


@pytest.mark.parametrize("made", [ClientUserFactory, LabFactory])
def test_it_is_for_admins(as_user, made) -> None:
    assert change(as_user(made()), new_password=NEW).status_code == 403


def test_guesses_of_the_current_password_are_limited(as_user, settings) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": {"profile": "2/h"}}
    admin = as_user(AdminFactory())
    statuses = [change(admin, current_password="wrong", new_password=NEW).status_code for _ in range(3)]
    assert statuses == [403, 403, 429]
