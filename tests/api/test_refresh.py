"""Refresh tokens rotate; one that comes again is in two hands, and its sign-in ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import AuditEvent, EndedBecause, TokenFamily, User, UserStatus
from apps.accounts.services.sessions import end_sessions, forget_expired, open_family
from apps.accounts.services.signing_in import check_credentials
from atharva.api.problems import CredentialsExpired
from tests.factories import PASSWORD, AdminFactory, ApiTokenFactory, ClientUserFactory, TokenFamilyFactory

pytestmark = pytest.mark.django_db
REFRESH, ME = "/api/auth/refresh", "/api/auth/me"


def refresh(token: str):
    return APIClient().post(REFRESH, {"refresh": token})


def status_of(access: str) -> int:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {access}").get(ME).status_code


def block(user: User) -> None:
    """As the service of people does it."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(status=UserStatus.BLOCKED)
        end_sessions(user)


def reopen(user: User) -> None:
    User.objects.filter(pk=user.pk).update(status=UserStatus.ACTIVE)


def test_a_refresh_token_gives_a_new_pair_long_after_the_access_token_ended() -> None:
    first = open_family(ClientUserFactory())
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        assert status_of(first.access) == 401
        second = refresh(first.refresh).json()
        assert status_of(second["access"]) == 200
    with time_machine.travel(timezone.now() + timedelta(days=12)):
        assert refresh(second["refresh"]).status_code == 200


def test_a_refresh_token_ends_by_itself() -> None:
    tokens = open_family(ClientUserFactory())
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert refresh(tokens.refresh).json()["error"]["code"] == "credentials_expired"


def test_a_used_refresh_token_that_comes_again_ends_the_whole_family() -> None:
    user = ClientUserFactory()
    stolen, other = open_family(user), open_family(user)
    fresh = refresh(stolen.refresh).json()
    answer = refresh(stolen.refresh)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "credentials_expired")
    assert status_of(fresh["access"]) == status_of(stolen.access) == 401
    assert refresh(fresh["refresh"]).status_code == 401
    assert status_of(other.access) == 200
    family = TokenFamily.objects.get(pk=stolen.family_id)
    assert family.ended_because == EndedBecause.REUSED
    event = AuditEvent.objects.get(what="refresh_token_reused")
    assert (event.client, event.who) == (user.client, None)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_token_at_once_one_is_served_and_then_nobody() -> None:
    tokens = open_family(ClientUserFactory())

    def use(_: int) -> tuple[int, str]:
        try:
            answer = refresh(tokens.refresh)
            return answer.status_code, answer.json().get("access", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        (one, access), (other, other_access) = both.map(use, range(2))
    assert sorted((one, other)) == [200, 401]
    assert status_of(access or other_access) == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_what_is_no_token_is_refused(token) -> None:
    assert refresh(token).status_code in (400, 401)


def test_an_access_token_is_no_refresh_token_nor_the_other_way_round() -> None:
    tokens = open_family(ClientUserFactory())
    assert refresh(tokens.access).status_code == 401
    assert status_of(tokens.refresh) == 401


def test_a_change_of_the_person_ends_every_session_and_token_for_good() -> None:
    user, browser = ClientUserFactory(), APIClient()
    browser.force_login(user)
    tokens, script = open_family(user), ApiTokenFactory(user=user)
    block(user)
    assert browser.get(ME).status_code == status_of(tokens.access) == 401
    reopen(user)
    assert browser.get(ME).status_code == status_of(tokens.access) == 401
    assert refresh(tokens.refresh).status_code == 401
    script.refresh_from_db()
    assert script.revoked_at is not None
    assert TokenFamily.objects.get().ended_because == EndedBecause.CHANGED


def test_other_peoples_sessions_stay() -> None:
    bystander = open_family(ClientUserFactory())
    block(ClientUserFactory())
    assert status_of(bystander.access) == 200


def test_credentials_that_were_checked_before_a_change_open_nothing_after_it(rf) -> None:
    user = ClientUserFactory()
    checked = check_credentials(rf.post("/"), username=user.username, password=PASSWORD)
    block(user)
    reopen(user)
    with pytest.raises(CredentialsExpired):
        open_family(checked)


def test_families_are_forgotten_a_month_after_they_expired() -> None:
    now = timezone.now()
    forgotten = TokenFamilyFactory(expires_at=now - timedelta(days=31))
    kept = TokenFamilyFactory(user=AdminFactory(), expires_at=now - timedelta(days=29))
    assert forget_expired() == 1
    assert list(TokenFamily.objects.all()) == [kept] != [forgotten]
