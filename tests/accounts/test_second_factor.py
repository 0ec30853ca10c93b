"""The second factor as a service: what a code opens, and how often."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.accounts.errors import (
    InvalidCredentials,
    SecondFactorPresent,
    SecondFactorWrong,
    TooManyTries,
)
from apps.accounts.models import AuditEvent, User
from apps.accounts.services import second_factor
from tests.accounts.enrolling import App, enrolled
from tests.factories import PASSWORD, AdminFactory, ApiTokenFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return AdminFactory()


@pytest.fixture
def app(user: User) -> App:
    """What the person enrolled a minute ago."""
    return enrolled(user)[0]


def new_app() -> App:
    return App(generate_totp_secret())


def test_nobody_is_enrolled_before_their_app_has_shown_a_code(user) -> None:
    app = new_app()
    with pytest.raises(SecondFactorWrong):
        second_factor.confirm_enrolment(user, secret=app.secret, code=app.wrong_code())
    assert not second_factor.is_enrolled(user)
    assert len(set(second_factor.confirm_enrolment(user, secret=app.secret, code=app.code()))) == 10
    assert second_factor.is_enrolled(user)


def test_a_second_enrolment_does_not_replace_the_first(user, app) -> None:
    other = new_app()
    with pytest.raises(SecondFactorPresent):
        second_factor.confirm_enrolment(user, secret=other.secret, code=other.code())
    second_factor.check_code(user, app.code())


@pytest.mark.parametrize("periods", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(user, app, periods) -> None:
    second_factor.check_code(user, app.code(periods=periods))


@pytest.mark.parametrize("periods", [-2, 2])
def test_a_code_of_another_minute_is_refused(user, app, periods) -> None:
    with pytest.raises(SecondFactorWrong):
        second_factor.check_code(user, app.code(periods=periods))


def test_a_code_holds_once_and_none_older_holds_after_it(user, app) -> None:
    second_factor.check_code(user, app.code())
    for periods in (0, -1):
        with pytest.raises(SecondFactorWrong):
            second_factor.check_code(user, app.code(periods=periods))
    second_factor.check_code(user, app.code(periods=1))


def test_the_code_that_enrolled_signs_nobody_in(user) -> None:
    app = new_app()
    code = app.code()
    second_factor.confirm_enrolment(user, secret=app.secret, code=code)
    with pytest.raises(SecondFactorWrong):
        second_factor.check_code(user, code)


def test_another_persons_code_is_refused(user, app) -> None:
    others, codes = enrolled(AdminFactory())
    for code in (others.code(), codes[0]):
        with pytest.raises(SecondFactorWrong):
            second_factor.check_code(user, code)


def test_a_recovery_code_is_used_up(user) -> None:
    _, (first, second, *others) = enrolled(user)
    second_factor.check_code(user, f"{first[:5]}-{first[5:]}")
    assert second_factor.recovery_codes_left(user) == len(others) + 1
    with pytest.raises(SecondFactorWrong):
        second_factor.check_code(user, first)
    second_factor.check_code(user, second)
    assert AuditEvent.objects.filter(what="recovery_code_used", who=user).count() == 2


def test_who_guesses_has_to_wait_and_the_right_code_waits_too(user, app) -> None:
    for _ in range(second_factor.MOST_WRONG_CODES):
        with pytest.raises(SecondFactorWrong):
            second_factor.check_code(user, app.wrong_code())
    with pytest.raises(TooManyTries) as refused:
        second_factor.check_code(user, app.code())
    assert 0 < refused.value.details["retry_after"] <= second_factor.WAIT.total_seconds() + 1
    with time_machine.travel(timezone.now() + second_factor.WAIT + timedelta(seconds=1)):
        second_factor.check_code(user, app.code())


def test_a_right_code_forgives_the_wrong_ones(user, app) -> None:
    for _ in range(second_factor.MOST_WRONG_CODES - 1):
        with pytest.raises(SecondFactorWrong):
            second_factor.check_code(user, app.wrong_code())
    second_factor.check_code(user, app.code())
    assert Authenticator.objects.get(user=user, type="totp").data["wrong"] == []


def test_the_secrets_are_encrypted_in_the_database(user, app) -> None:
    kept = str(list(Authenticator.objects.filter(user=user).values_list("data", flat=True)))
    assert app.secret not in kept
    assert kept.count("gAAAA") == 2  # what Fernet's tokens begin with


def test_removing_wants_the_password_and_a_code(user, app) -> None:
    with pytest.raises(InvalidCredentials):
        second_factor.remove(user, password="not-the-password", code=app.code())
    with pytest.raises(SecondFactorWrong):
        second_factor.remove(user, password=PASSWORD, code=app.wrong_code())
    assert second_factor.is_enrolled(user)
    second_factor.remove(user, password=PASSWORD, code=app.code())
    assert not second_factor.is_enrolled(user)
    assert second_factor.recovery_codes_left(user) == 0


def test_removing_ends_whatever_the_person_is_signed_in_with(user, app) -> None:
    token, before = ApiTokenFactory(user=user), user.get_session_auth_hash()
    second_factor.remove(user, password=PASSWORD, code=app.code())
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert User.objects.get(pk=user.pk).get_session_auth_hash() != before


def test_who_has_lost_device_and_codes_is_helped_by_whoever_runs_the_installation(user, app) -> None:
    call_command("remove_second_factor", user.username.upper(), stdout=(out := StringIO()))
    assert json.loads(out.getvalue()) == {"username": user.username, "removed": True}
    assert not second_factor.is_enrolled(user)
    assert AuditEvent.objects.get(what="second_factor_removed").who is None
    with pytest.raises(CommandError, match="nobody"):
        call_command("remove_second_factor", "nobody@example.com")


def test_the_trail_tells_and_holds_no_secret(user, app) -> None:
    second_factor.remove(user, password=PASSWORD, code=app.code())
    trail = AuditEvent.objects.filter(who=user)
    assert {"second_factor_added", "second_factor_removed"} == {event.what for event in trail}
    assert {(event.before, event.after) for event in trail} == {(None, None)}
