"""The second factor as a service: what a code opens, and how often."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.utils import timezone

from apps.accounts.errors import (
    InvalidCredentials,
    SecondFactorPresent,
    SecondFactorWrong,
    TooManyTries,
)
from apps.accounts.models import AuditEvent, User
from apps.accounts.services import second_factor
from tests.factories import PASSWORD, AdminFactory

pytestmark = pytest.mark.django_db


def code_of(secret: str, *, periods: int = 0) -> str:
    """What an authenticator app shows now, or so many periods of 30 s later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


@pytest.fixture
def user() -> User:
    return AdminFactory()


@pytest.fixture
def secret(user: User) -> str:
    """The secret of the person's enrolled app; a minute has passed since."""
    secret = generate_totp_secret()
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        second_factor.confirm_enrolment(user, secret=secret, code=code_of(secret))
    return secret


def test_nobody_is_enrolled_before_their_app_has_shown_a_code(user) -> None:
    secret = generate_totp_secret()
    with pytest.raises(SecondFactorWrong):
        second_factor.confirm_enrolment(user, secret=secret, code="000000")
    assert not second_factor.is_enrolled(user)
    assert len(set(second_factor.confirm_enrolment(user, secret=secret, code=code_of(secret)))) == 10
    assert second_factor.is_enrolled(user)


def test_a_second_enrolment_does_not_replace_the_first(user, secret) -> None:
    other = generate_totp_secret()
    with pytest.raises(SecondFactorPresent):
        second_factor.confirm_enrolment(user, secret=other, code=code_of(other))
    second_factor.check_code(user, code_of(secret))


@pytest.mark.parametrize("periods", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(user, secret, periods) -> None:
    second_factor.check_code(user, code_of(secret, periods=periods))


@pytest.mark.parametrize("periods", [-2, 2])
def test_a_code_of_another_minute_is_refused(user, secret, periods) -> None:
    with pytest.raises(SecondFactorWrong):
        second_factor.check_code(user, code_of(secret, periods=periods))


def test_a_code_holds_once_and_none_older_holds_after_it(user, secret) -> None:
    second_factor.check_code(user, code_of(secret))
    for periods in (0, -1):
        with pytest.raises(SecondFactorWrong):
            second_factor.check_code(user, code_of(secret, periods=periods))
    second_factor.check_code(user, code_of(secret, periods=1))


def test_the_code_that_enrolled_signs_nobody_in(user) -> None:
    secret = generate_totp_secret()
    code = code_of(secret)
    second_factor.confirm_enrolment(user, secret=secret, code=code)
    with pytest.raises(SecondFactorWrong):
        second_factor.check_code(user, code)


def test_another_persons_code_is_refused(user, secret) -> None:
    other, others = AdminFactory(), generate_totp_secret()
    codes = second_factor.confirm_enrolment(other, secret=others, code=code_of(others))
    for code in (code_of(others, periods=1), codes[0]):
        with pytest.raises(SecondFactorWrong):
            second_factor.check_code(user, code)


def test_a_recovery_code_is_used_up(user) -> None:
    secret = generate_totp_secret()
    first, second, *others = second_factor.confirm_enrolment(user, secret=secret, code=code_of(secret))
    second_factor.check_code(user, f"{first[:5]}-{first[5:]}")
    assert second_factor.recovery_codes_left(user) == len(others) + 1
    with pytest.raises(SecondFactorWrong):
        second_factor.check_code(user, first)
    second_factor.check_code(user, second)
    assert AuditEvent.objects.filter(what="recovery_code_used", who=user).count() == 2


def test_who_guesses_has_to_wait_and_the_right_code_waits_too(user, secret) -> None:
    for _ in range(second_factor.MOST_WRONG_CODES):
        with pytest.raises(SecondFactorWrong):
            second_factor.check_code(user, "000000")
    with pytest.raises(TooManyTries) as refused:
        second_factor.check_code(user, code_of(secret))
    assert 0 < refused.value.details["retry_after"] <= second_factor.WAIT.total_seconds() + 1
    with time_machine.travel(timezone.now() + second_factor.WAIT + timedelta(seconds=1)):
        second_factor.check_code(user, code_of(secret))


def test_a_right_code_forgives_the_wrong_ones(user, secret) -> None:
    for _ in range(second_factor.MOST_WRONG_CODES - 1):
        with pytest.raises(SecondFactorWrong):
            second_factor.check_code(user, "000000")
    second_factor.check_code(user, code_of(secret))
    assert Authenticator.objects.get(user=user, type="totp").data["wrong"] == []


def test_the_secrets_are_encrypted_in_the_database(user, secret) -> None:
    kept = str(list(Authenticator.objects.filter(user=user).values_list("data", flat=True)))
    assert secret not in kept
    assert kept.count("gAAAA") == 2  # what Fernet's tokens begin with


def test_removing_wants_the_password_and_a_code(user, secret) -> None:
    with pytest.raises(InvalidCredentials):
        second_factor.remove(user, password="not-the-password", code=code_of(secret))
    with pytest.raises(SecondFactorWrong):
        second_factor.remove(user, password=PASSWORD, code="000000")
    assert second_factor.is_enrolled(user)
    second_factor.remove(user, password=PASSWORD, code=code_of(secret))
    assert not second_factor.is_enrolled(user)
    assert second_factor.recovery_codes_left(user) == 0


def test_the_trail_tells_and_holds_no_secret(user, secret) -> None:
    second_factor.remove(user, password=PASSWORD, code=code_of(secret))
    trail = AuditEvent.objects.filter(who=user)
    assert {"second_factor_added", "second_factor_removed"} == {event.what for event in trail}
    assert {(event.before, event.after) for event in trail} == {(None, None)}
