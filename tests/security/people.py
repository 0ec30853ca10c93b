"""Nine kinds of callers, each with the credential that it would really send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.test import Client as Browser
from django.utils import timezone

from apps.accounts.models import Client, User, UserStatus
from tests.factories import AdminFactory, ClientFactory, ClientUserFactory, LabFactory
from tests.security.credentials import (
    access_token,
    expired_access_token,
    expired_session_cookie,
    session_cookie,
)

AGENT_TOKEN = "atharva_agent_" + "a" * 43


class Who(StrEnum):
    ANONYMOUS = "anonymous"
    OTHER = "client of another tenant"
    CLIENT = "client"
    LAB = "lab"
    ADMIN = "admin"
    BLOCKED = "blocked"
    DELETED = "deleted"
    EXPIRED = "expired token"
    AGENT = "agent token"


SIGNED_OUT = (Who.ANONYMOUS, Who.BLOCKED, Who.DELETED, Who.EXPIRED, Who.AGENT)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller sends: a bearer token to the API and sockets, a session cookie to pages."""

    token: str = ""
    cookie: str = ""
    user_id: object = None


def credentials(tenant: Client) -> dict[Who, Credential]:
    """A credential for each caller; `tenant` is whose things the addresses name.

    Those of blocked and deleted people were given while they could sign in.
    """
    people: dict[Who, User] = {
        Who.OTHER: ClientUserFactory(client=ClientFactory()),
        Who.CLIENT: ClientUserFactory(client=tenant),
        Who.LAB: LabFactory(),
        Who.ADMIN: AdminFactory(),
        Who.BLOCKED: ClientUserFactory(client=tenant),
        Who.DELETED: ClientUserFactory(client=tenant),
    }
    given = {
        who: Credential(access_token(user), session_cookie(user), user.pk) for who, user in people.items()
    }
    User.objects.filter(pk=people[Who.BLOCKED].pk).update(status=UserStatus.BLOCKED)
    User.objects.filter(pk=people[Who.DELETED].pk).update(deleted_at=timezone.now())
    late = ClientUserFactory(client=tenant)
    return {
        Who.ANONYMOUS: Credential(),
        Who.EXPIRED: Credential(expired_access_token(late), expired_session_cookie(late)),
        Who.AGENT: Credential(token=AGENT_TOKEN),
        **given,
    }


def ask(credential: Credential, method: str, path: str, *, api: bool, sent: Mapping[str, str]) -> Any:
    """The answer to one request of a caller, redirects not followed."""
    browser = Browser()
    headers = {}
    if api and credential.token:
        headers["Authorization"] = f"Bearer {credential.token}"
    if not api and credential.cookie:
        browser.cookies["atharva_session"] = credential.cookie
    send: Callable[..., Any] = getattr(browser, method)
    if api and method != "get":
        return send(path, dict(sent), content_type="application/json", headers=headers)
    # As every form of ours does; the test's browser is not asked for it.
    return send(path, {"csrfmiddlewaretoken": "sent", **sent} if method == "post" else None, headers=headers)
