"""Who opens a socket: the pages' session cookie, or a token of the API as the subprotocol `bearer.<token>`.

Either is looked at by what looks at it over HTTP, the REST framework's authentication classes.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie
from django.http.request import validate_host
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.views import APIView

BEARER = "bearer."
Sessions = import_module(settings.SESSION_ENGINE).SessionStore


@dataclass(frozen=True, slots=True)
class Person:
    """What a socket needs to know of who opens it, at one moment."""

    pk: UUID
    role: str
    client_id: UUID | None
    scopes: Collection[str] | None  # of an API token; None for all that the person may

    def may(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Credential:
    """What a socket was opened with. It is looked at again while the socket lives."""

    session_key: str = ""
    token: str = ""

    async def user(self) -> Person | None:
        """The person it stands for at this moment; None once it has ended, expired, or they are blocked."""
        return await database_sync_to_async(self._user)()

    def _user(self) -> Person | None:
        request = Request(self._handshake(), authenticators=APIView().get_authenticators())
        try:
            user: Any = request.user
        except AuthenticationFailed:
            return None
        if not user.is_active:  # nobody, or blocked
            return None
        return Person(user.pk, user.role, user.client_id, getattr(request.auth, "scopes", None))

    def _handshake(self) -> HttpRequest:
        """A request with this credential, as the pages and the API get them."""
        request = HttpRequest()
        request.method = "GET"
        if self.token:
            request.META["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        request.session = Sessions(self.session_key or None)
        request.user = get_user(request)
        return request


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
