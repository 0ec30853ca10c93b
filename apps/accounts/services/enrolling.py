"""Adding a second factor: its secret waits in the session until the person's app has shown a code of it."""

from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib.sessions.backends.base import SessionBase

from ..encryption import cipher
from ..models import User
from .second_factor import confirm_enrolment

KEPT = "second_factor_secret"
GROUP = 4


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`key` is what a person types who cannot scan `uri`."""

    key: str
    uri: str


def begin_enrolment(session: SessionBase, user: User) -> Enrolment:
    """The secret that the session holds for the person's app; a new one where it holds none."""
    if KEPT not in session:
        session[KEPT] = cipher().encrypt(generate_totp_secret().encode()).decode()
    secret = _secret(session)
    groups = (secret[start : start + GROUP] for start in range(0, len(secret), GROUP))
    return Enrolment(key=" ".join(groups), uri=get_adapter().build_totp_url(user, secret))


def finish_enrolment(session: SessionBase, user: User, *, code: str) -> list[str]:
    """Ask for codes of the session's secret from now on. Answers the recovery codes.

    Raises SecondFactorWrong, SecondFactorPresent.
    """
    begin_enrolment(session, user)
    codes = confirm_enrolment(user, secret=_secret(session), code=code)
    del session[KEPT]
    return codes


def _secret(session: SessionBase) -> str:
    return cipher().decrypt(session[KEPT].encode()).decode()
