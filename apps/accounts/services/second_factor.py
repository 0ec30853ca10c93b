"""The second factor of signing in: codes of an authenticator app, and recovery codes for when it is lost."""

from datetime import timedelta
from functools import partial
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    validate_totp_code,
    yield_hotp_counters_from_time,
)
from django.db import transaction
from django.utils import timezone

from ..errors import InvalidCredentials, SecondFactorPresent, SecondFactorWrong, TooManyTries
from ..mail.notices import Notice
from ..models import User
from ..tasks import mail
from . import audit
from .sessions import end_sessions

# Of a million codes three hold at a time: ten tries in half an hour find one in about two years. Only who
# knows the password gets here, so nobody else can make a person wait.
MOST_WRONG_CODES = 10
WAIT = timedelta(minutes=30)


def is_enrolled(user: User) -> bool:
    """Whether the person is asked for a code after their password."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def check_code(user: User, code: str) -> None:
    """Take a code of the person's app, or one of their recovery codes, which is then used up.

    Raises SecondFactorWrong, TooManyTries. Outside of any transaction: a wrong try is counted.
    """
    if not _is_taken(user, code):
        raise SecondFactorWrong


def confirm_enrolment(user: User, *, secret: str, code: str) -> list[str]:
    """Ask for codes of `secret` from now on. Answers the recovery codes, which nobody is shown again.

    `code` shows that the person's app has the secret. Raises SecondFactorWrong,
    SecondFactorPresent.
    """
    if not validate_totp_code(secret, code):
        raise SecondFactorWrong
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if is_enrolled(user):
            raise SecondFactorPresent
        _accept(TOTP.activate(user, secret).instance, code)
        codes: list[str] = RecoveryCodes.activate(user).generate_codes()
        _changed(user, "second_factor_added", Notice.SECOND_FACTOR_ADDED, by=user)
    return codes


def remove(user: User, *, password: str, code: str) -> None:
    """Ask for the password alone again. Ends every session. Raises InvalidCredentials, SecondFactorWrong."""
    if not user.check_password(password):
        raise InvalidCredentials
    check_code(user, code)
    take_away(user, by=user)


@transaction.atomic
def take_away(user: User, *, by: User | None) -> None:
    """Remove the second factor of somebody who has lost it, codes and all. Ends every session of theirs."""
    rows, _ = Authenticator.objects.filter(user=user).delete()
    if rows:
        end_sessions(user)
        _changed(user, "second_factor_removed", Notice.SECOND_FACTOR_REMOVED, by=by)


def recovery_codes_left(user: User) -> int:
    """How many recovery codes are not used up; 0 for who has no second factor."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


@transaction.atomic
def _is_taken(user: User, code: str) -> bool:
    app = Authenticator.objects.select_for_update().filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:
        return False
    _check_tries(app)
    taken = _accept(app, code) or _use_up_recovery_code(user, code)
    app.data["wrong"] = [] if taken else [*_recent(app), timezone.now().timestamp()]
    app.save(update_fields=["data", "last_used_at"])
    return taken


def _accept(app: Any, code: str) -> bool:
    """Take a code of the app once: from then on only later ones hold, whatever the cache remembers."""
    secret = get_adapter().decrypt(app.data["secret"])
    for counter in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, counter))
        if counter > app.data.get("last_counter", 0) and compare_user_code(actual=code, expected=expected):
            app.data["last_counter"], app.last_used_at = counter, timezone.now()
            app.save(update_fields=["data", "last_used_at"])
            return True
    return False


def _use_up_recovery_code(user: User, code: str) -> bool:
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None or not RecoveryCodes(row).validate_code(code):
        return False
    row.record_usage()
    audit.record("recovery_code_used", target=user, by=user, client=user.client)
    return True


def _check_tries(app: Any) -> None:
    recent = _recent(app)
    if len(recent) >= MOST_WRONG_CODES:
        wait = recent[0] + WAIT.total_seconds() - timezone.now().timestamp()
        raise TooManyTries(retry_after=int(wait) + 1)


def _recent(app: Any) -> list[float]:
    """When wrong codes came of late, in seconds of the epoch, the oldest first."""
    since = (timezone.now() - WAIT).timestamp()
    return [at for at in app.data.get("wrong", []) if at > since]


def _changed(user: User, what: str, notice: Notice, *, by: User | None) -> None:
    audit.record(what, target=user, by=by, client=user.client)
    transaction.on_commit(partial(mail.send_notice.delay, str(user.pk), notice), robust=True)
