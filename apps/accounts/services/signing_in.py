"""Signing in and out, for pages and API alike."""

from django.contrib.auth import login, logout
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest

from atharva.live import session_changed

from ..errors import AccountBlocked, InvalidCredentials
from ..models import User
from . import audit
from .tries import Tries

BACKEND = "django.contrib.auth.backends.AllowAllUsersModelBackend"


def check_credentials(username: str, password: str, *, address: str) -> User:
    """The person with this name and password. Raises InvalidCredentials, AccountBlocked, TooManyTries.

    An unknown name takes as long as a wrong password, and that an account is blocked is told only to who
    knows its password.
    """
    tries = Tries(username, address)
    tries.check()
    user = User.objects.filter(username=username, deleted_at=None).first()
    if user is None:
        make_password(password)
    if user is None or not user.check_password(password):
        tries.failed()
        raise InvalidCredentials
    if not user.is_active:
        raise AccountBlocked
    return user


def sign_in(request: HttpRequest, *, username: str, password: str) -> User:
    """Give the request a session of the person with this name and password.

    Raises InvalidCredentials, AccountBlocked, TooManyTries.
    """
    user = check_credentials(username, password, address=request.META.get("REMOTE_ADDR", ""))
    with transaction.atomic():
        login(request, user, backend=BACKEND)
        audit.record("signed_in", target=user, by=user, client=user.client)
    return user


def sign_out(request: HttpRequest) -> None:
    """End the request's session and close the sockets that it opened."""
    user = request.user
    logout(request)
    if isinstance(user, User):
        with transaction.atomic():
            audit.record("signed_out", target=user, by=user, client=user.client)
            transaction.on_commit(lambda: session_changed(user.pk))
