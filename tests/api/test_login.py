"""Rows 1.6 to 1.9: a name and a password become tokens, a session and a dashboard."""

import logging
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import AuditEvent, EndedBecause, TokenFamily, UserStatus
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
        "lab": "/lab",
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


def test_too_many_failures_wait_and_name_the_time(settings) -> None:
    user = ClientUserFactory()
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert login(user.username.upper(), "wrong").status_code == 401
    assert login(user.username, "wrong").status_code == 429
    answer = login(user.username)
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_many_tries"
    assert int(answer["Retry-After"]) == settings.AXES_COOLOFF_TIME.total_seconds()


def test_the_wait_ends_by_itself_whoever_goes_on_trying(settings) -> None:
    user, start = ClientUserFactory(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(settings.AXES_FAILURE_LIMIT):
            login(user.username, "wrong")
        for _ in range(5):
            clock.shift(timedelta(seconds=59))
            assert login(user.username, "wrong").status_code == 429
        clock.shift(timedelta(seconds=6))
        assert login(user.username).status_code == 200


def test_failures_elsewhere_do_not_lock_a_person_out(settings) -> None:
    user = ClientUserFactory()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        login(user.username, "wrong", APIClient(REMOTE_ADDR="203.0.113.9"))
    assert login(user.username).status_code == 200


def test_a_header_does_not_change_the_address_that_is_counted(settings) -> None:
    user = ClientUserFactory()
    for number in range(settings.AXES_FAILURE_LIMIT):
        login(user.username, "wrong", APIClient(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}"))
    assert login(user.username).status_code == 429


def test_one_address_that_tries_many_names_waits_and_others_do_not(settings) -> None:
    settings.SIGN_IN_FAILURES_OF_ONE_ADDRESS = 5
    user, sprayer = ClientUserFactory(), APIClient(REMOTE_ADDR="203.0.113.9")
    for number in range(5):
        assert login(f"name{number}", "wrong", sprayer).status_code == 401
    answer = login(user.username, PASSWORD, sprayer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_tries")
    assert login(user.username).status_code == 200


def test_success_forgets_the_failures_before_it(settings) -> None:
    user = ClientUserFactory()
    for _ in range(2):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            assert login(user.username, "wrong").status_code == 401
        assert login(user.username).status_code == 200


def test_what_is_kept_of_a_failure_holds_no_password() -> None:
    login("nobody", "never-to-be-kept-9")
    assert "never-to-be-kept-9" not in str(list(AccessAttempt.objects.values()))


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


def test_an_access_token_ends_by_itself() -> None:
    tokens = login(ClientUserFactory().username).json()
    bearer = APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        answer = bearer.get(ME)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "credentials_expired"


def test_an_access_token_costs_one_query(django_assert_num_queries) -> None:
    bearer = APIClient(HTTP_AUTHORIZATION=f"Bearer {login(AdminFactory().username).json()['access']}")
    with django_assert_num_queries(1):
        assert bearer.get(ME).status_code == 200


@pytest.mark.parametrize("bearer", ["", "x", "a.b.c", "atharva_agent_" + "x" * 43, "atharva_pat_" + "x" * 43])
def test_a_bearer_of_another_kind_is_nobody(bearer) -> None:
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {bearer}").get(ME).status_code == 401


def test_logging_out_by_cookie_ends_the_session_and_the_tokens_of_that_sign_in() -> None:
    user, browser = ClientUserFactory(), APIClient()
    tokens = login(user.username, client=browser).json()
    elsewhere = login(user.username).json()
    assert browser.post(LOGOUT).status_code == 204
    assert browser.get(ME).status_code == 401
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}").get(ME).status_code == 401
    assert APIClient().post(REFRESH, {"refresh": tokens["refresh"]}).status_code == 401
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {elsewhere['access']}").get(ME).status_code == 200
    assert AuditEvent.objects.get(what="signed_out").who == user


def test_logging_out_by_token_ends_its_family() -> None:
    tokens = login(ClientUserFactory().username).json()
    bearer = APIClient(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    assert bearer.post(LOGOUT).status_code == 204
    assert bearer.get(ME).status_code == 401
    assert APIClient().post(REFRESH, {"refresh": tokens["refresh"]}).status_code == 401
    assert TokenFamily.objects.get().ended_because == EndedBecause.SIGNED_OUT


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
