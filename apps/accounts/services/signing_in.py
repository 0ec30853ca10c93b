"""Signing in and out, for pages and API alike."""

from collections.abc import Mapping

from axes.helpers import get_client_ip_address, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from atharva.live import session_changed

from ..errors import AccountBlocked, InvalidCredentials, SecondFactorRequired, TooManyTries
from ..models import User
from . import audit, second_factor
from .sessions import Tokens, end_family, open_family

BACKEND = "apps.accounts.backends.PeopleBackend"
FAMILY_KEY = "token_family"  # in the session that was made together with a family


def check_credentials(request: HttpRequest, *, username: str, password: str) -> User:
    """The person with this name and password. Raises InvalidCredentials, AccountBlocked, TooManyTries.

    An unknown name takes as long as a wrong password, and that an account is blocked is told only to who
    knows its password. Failures are counted: outside of any transaction.
    """
    check_address(request)
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        # Set by axes, on the try that reaches the limit and on all that come while the pair waits.
        waits = getattr(request, "axes_locked_out", False)
        raise TooManyTries(retry_after=_wait()) if waits else InvalidCredentials()
    if not user.is_active:
        raise AccountBlocked
    return user


def sign_in(request: HttpRequest, *, username: str, password: str, code: str = "") -> User:
    """Give the request a session of the person with this name, password and second factor, if they have one.

    Raises InvalidCredentials, AccountBlocked, TooManyTries, SecondFactorRequired, SecondFactorWrong.
    """
    user = check_credentials(request, username=username, password=password)
    if second_factor.is_enrolled(user):
        if not code:
            raise SecondFactorRequired
        second_factor.check_code(user, code)
    begin_session(request, user)
    return user


@transaction.atomic
def begin_session(request: HttpRequest, user: User, *, method: str = "password") -> None:
    """Give the request a session of a person whose credentials have all been checked, by `method` first."""
    login(request, user, backend=BACKEND)
    audit.record("signed_in", target=user, by=user, client=user.client, after={"method": method})


@transaction.atomic
def begin_family(request: HttpRequest, user: User) -> Tokens:
    """The first tokens of a person who has just been given a session: signing out of one ends the other.

    Raises CredentialsExpired.
    """
    address, agent = request.META.get("REMOTE_ADDR"), request.META.get("HTTP_USER_AGENT", "")
    tokens = open_family(user, address=address, user_agent=agent)
    request.session[FAMILY_KEY] = tokens.family_id
    return tokens


def sign_out(request: HttpRequest, *, family_id: str = "") -> None:
    """End the request's session and the families of it and of `family_id`; their sockets close."""
    user = request.user
    families = {family_id, request.session.get(FAMILY_KEY, "")} - {""}
    logout(request)
    if isinstance(user, User):
        with transaction.atomic():
            for family in families:
                end_family(family)
            audit.record("signed_out", target=user, by=user, client=user.client)
            transaction.on_commit(lambda: session_changed(user.pk), robust=True)


def check_address(request: HttpRequest) -> None:
    """Raises TooManyTries once too many tries have failed from the request's address, whatever the names."""
    since = timezone.now() - get_cool_off(request)
    recent = AccessAttempt.objects.filter(ip_address=get_client_ip_address(request), attempt_time__gt=since)
    failures = recent.aggregate(failures=Sum("failures_since_start"))["failures"] or 0
    if failures >= settings.SIGN_IN_FAILURES_OF_ONE_ADDRESS:
        raise TooManyTries(retry_after=_wait())


def name_as_counted(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The name that axes counts by: a person's is one, however it is capitalised."""
    return (credentials or {}).get("username", "").lower()


def _wait() -> int:
    """Seconds after which a try is looked at again."""
    return int(settings.AXES_COOLOFF_TIME.total_seconds())
