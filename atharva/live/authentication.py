"""Who opens a socket: the pages' session cookie, or an access token as the subprotocol `bearer.<token>`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie
from django.http.request import validate_host
from rest_framework.exceptions import APIException
from rest_framework_simplejwt.authentication import JWTAuthentication

BEARER = "bearer."
Sessions = import_module(settings.SESSION_ENGINE).SessionStore


class Person(Protocol):
    """What a socket needs to know of who opens it."""

    pk: Any
    role: str
    client_id: UUID | None


@dataclass(frozen=True, slots=True)
class Credential:
    """What a socket was opened with. It is looked at again while the socket lives."""

    session_key: str = ""
    token: str = ""

    async def user(self) -> Person | None:
        """The person it stands for at this moment; None once it has ended, expired, or they are blocked."""
        if self.token:
            return await database_sync_to_async(_user_of_token)(self.token)
        return await database_sync_to_async(_user_of_session)(self.session_key)


def credential_of(scope: Mapping[str, Any]) -> tuple[Credential, str | None]:
    """The credential of a handshake and the subprotocol to answer. A token goes before the cookie."""
    for offered in scope.get("subprotocols", ()):
        if offered.startswith(BEARER):
            return Credential(token=offered.removeprefix(BEARER)), offered
    cookies = parse_cookie(_header(scope["headers"], b"cookie"))
    return Credential(session_key=cookies.get(settings.SESSION_COOKIE_NAME, "")), None


def is_same_origin(scope: Mapping[str, Any]) -> bool:
    """Whether the page that opens the socket is one of ours.

    Browsers always send Origin; a program that sends none rides on nobody's cookies.
    """
    origin = _header(scope["headers"], b"origin")
    if not origin or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = _header(scope["headers"], b"host")
    parts = urlsplit(origin)
    return parts.netloc == host and validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def _user_of_session(session_key: str) -> Person | None:
    request = HttpRequest()
    request.session = Sessions(session_key or None)
    user = get_user(request)
    return cast(Person, user) if user.is_authenticated else None


def _user_of_token(token: str) -> Person | None:
    checker = JWTAuthentication()
    try:
        return cast(Person, checker.get_user(checker.get_validated_token(token.encode())))
    except APIException:
        return None
