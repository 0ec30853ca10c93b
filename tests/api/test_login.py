"""Rows 1.6 to 1.9: a name and a password become tokens, a session and a dashboard."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import AuditEvent, UserStatus
from apps.accounts.services.people import set_password, set_status
from apps.accounts.services.tries import TRIES_OF_ONE_NAME, WINDOW
from tests.factories import PASSWORD, AdminFactory, ClientUserFactory, LabFactory

pytestmark = pytest.mark.django_db
LOGIN, REFRESH, LOGOUT, ME = (f"/api/auth/{name}" for name in ("login", "refresh", "logout", "me"))


def login(username: str, password: str = PASSWORD, client: APIClient | None = None):
    return (client or APIClient()).post(LOGIN, {"username": username, "password": password})


@pytest.mark.requirement("1.6")
def test_a_right_password_gives_tokens_the_person_and_a_session_for_the_pages() -> None:
    user, browser = ClientUserFactory(), APIClient()
    answer = login(user.username, client=browser)
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"] == {
        "id": str(user.id),
        "username": user.username,
        "name": user.name,
        "role": "client",
        "client_id": str(user.client_id),
    }
    bearer = APIClient(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
    assert bearer.get(ME).json()["user"]["id"] == str(user.id)
    assert browser.cookies["atharva_session"]["httponly"]
    assert browser.get(ME).status_code == 200
    user.refresh_from_db()
    assert timezone.now() - user.last_login < timedelta(minutes=1)
    assert AuditEvent.objects.get(what="signed_in").who == user


@pytest.mark.requirement("1.7", "1.8", "1.9")
@pytest.mark.parametrize("made", [AdminFactory, ClientUserFactory, LabFactory])
def test_each_role_is_shown_the_way_to_its_own_dashboard(made) -> None:
    user = made()
    urls = {
        "admin": "/operations",
        "client": f"/clients/{user.client_id}/topology",
        "lab": "/account",
    }
    assert login(user.username).json()["dashboard_url"] == urls[user.role]


def test_a_wrong_password_and_an_unknown_name_are_answered_alike() -> None:
    user = ClientUserFactory()
    wrong, unknown = login(user.username, "wrong"), login("nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["error"]["code"] == "invalid_credentials"


def test_an_unknown_name_costs_one_password_hash_like_a_known_one(settings) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashers.CountingHasher"]
    from tests.accounts.hashers import CountingHasher

    user = ClientUserFactory()
    costs = []
    for username in (user.username, "nobody"):
        CountingHasher.hashed = 0
        login(username, "wrong")
        costs.append(CountingHasher.hashed)
    assert costs == [1, 1]


def test_a_blocked_person_is_told_so_only_with_the_right_password() -> None:
    user = ClientUserFactory(status=UserStatus.BLOCKED)
    assert login(user.username).status_code == 403
    assert login(user.username).json()["error"]["code"] == "account_blocked"
    assert login(user.username, "wrong").json()["error"]["code"] == "invalid_credentials"


def test_too_many_failures_wait_and_name_the_time() -> None:
    user = ClientUserFactory()
    for _ in range(TRIES_OF_ONE_NAME):
        assert login(user.username, "wrong").status_code == 401
    answer = login(user.username)
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_many_tries"
    assert int(answer["Retry-After"]) == WINDOW.total_seconds()


def test_failures_elsewhere_do_not_lock_a_person_out() -> None:
    user = ClientUserFactory()
    for _ in range(TRIES_OF_ONE_NAME):
        login(user.username, "wrong", APIClient(REMOTE_ADDR="203.0.113.9"))
    assert login(user.username).status_code == 200


@pytest.mark.parametrize("body", [{}, {"username": "a"}, {"username": "a", "password": ["b"]}, [1], "x"])
def test_a_malformed_body_names_what_is_wrong(body) -> None:
    answer = APIClient().post(LOGIN, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "validation_failed"
    assert answer.json()["error"]["details"]


def test_another_sites_form_cannot_sign_a_browser_in() -> None:
    user = ClientUserFactory()
    answer = APIClient(enforce_csrf_checks=True).post(
        LOGIN,
        f"username={user.username}&password={PASSWORD}",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 415


def test_a_refresh_token_gives_a_new_pair() -> None:
    tokens = login(ClientUserFactory().username).json()
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        old = APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
        assert old.get(ME).status_code == 401
        assert old.get(ME).json()["error"]["code"] == "credentials_expired"
        fresh = APIClient().post(REFRESH, {"refresh": tokens["refresh"]}).json()
        assert APIClient(HTTP_AUTHORIZATION=f"Bearer {fresh['access']}").get(ME).status_code == 200


def test_an_access_token_is_no_refresh_token() -> None:
    tokens = login(ClientUserFactory().username).json()
    assert APIClient().post(REFRESH, {"refresh": tokens["access"]}).status_code == 401
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['refresh']}").get(ME).status_code == 401


def block(user, admin) -> None:
    set_status(user, UserStatus.BLOCKED, by=admin)


def change_password(user, admin) -> None:
    set_password(user, "another-good-passphrase-7", by=admin)


@pytest.mark.parametrize("change", [block, change_password])
def test_a_block_or_new_password_ends_session_and_tokens_with_the_next_request(change) -> None:
    user, browser = ClientUserFactory(), APIClient()
    tokens = login(user.username, client=browser).json()
    bearer = APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    assert browser.get(ME).status_code == bearer.get(ME).status_code == 200
    change(user, AdminFactory())
    assert browser.get(ME).status_code == 401
    assert bearer.get(ME).status_code == 401
    assert APIClient().post(REFRESH, {"refresh": tokens["refresh"]}).status_code == 401


def test_logout_ends_the_session() -> None:
    user, browser = ClientUserFactory(), APIClient()
    login(user.username, client=browser)
    assert browser.post(LOGOUT).status_code == 204
    assert browser.get(ME).status_code == 401
    assert AuditEvent.objects.get(what="signed_out").who == user


def test_a_session_changes_nothing_without_its_csrf_token() -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(ClientUserFactory())
    answer = browser.post(LOGOUT)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "cross_site_request"


def test_a_password_is_in_no_log_line(caplog) -> None:
    secret = "never-to-be-logged-9"
    user = ClientUserFactory(password=secret)
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        login(user.username, secret)
        login("nobody", secret)
    leaks = [str(vars(r)) for r in caplog.records if secret in str(vars(r))]
    assert leaks == []
