"""Everybody who is here, as administrators look for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, OrderBy, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from atharva.api.problems import Missing

from ..errors import TenantGone
from ..models import Client, Invitation, TokenFamily, User
from .tenants import OPEN, holds_of
from .tokens import tokens_of

# What a list can be ordered by, with what that means.
COLUMNS: Mapping[str, F | Lower] = {
    "name": Lower("name"),
    "username": Lower("username"),
    "role": F("role"),
    "client": Lower("client__name"),
    "status": F("status"),
    "last_login": F("last_login"),
}
ORDERINGS = [f"{sign}{name}" for name in COLUMNS for sign in ("", "-")]


@dataclass(frozen=True, slots=True)
class Departure:
    """What ends with a person's access. `holds` keeps a tenant that would have nobody left."""

    sign_ins: int
    api_tokens: int
    invitations: int
    is_last_of_tenant: bool
    holds: list[str]


def people(
    *, search: str = "", role: str = "", status: str = "", client: UUID | None = None, ordering: str = "name"
) -> QuerySet[User]:
    """The living people that fit everything that is asked, with their tenant. One query."""
    found = User.objects.filter(deleted_at=None).select_related("client")
    for word in search.split():
        named = Q(name__icontains=word) | Q(username__icontains=word) | Q(email__icontains=word)
        found = found.filter(named | Q(client__name__icontains=word))
    asked = {"role": role, "status": status, "client": client}
    found = found.filter(**{field: value for field, value in asked.items() if value})
    return found.order_by(_order(ordering), "pk")


def person(pk: UUID) -> User:
    """The living person of this id, with their tenant. Raises Missing."""
    found = User.objects.select_related("client").filter(pk=pk, deleted_at=None).first()
    if found is None:
        raise Missing(what="person", id=str(pk))
    return found


def tenants() -> QuerySet[Client]:
    """The living tenants, by name."""
    return Client.objects.filter(deleted_at=None).order_by(Lower("name"), "pk")


def tenant(pk: UUID) -> Client:
    """The living tenant of this id. Raises TenantGone."""
    found = tenants().filter(pk=pk).first()
    if found is None:
        raise TenantGone
    return found


def departure_of(user: User) -> Departure:
    """What would end if the person had to go. Five to seven queries."""
    now = timezone.now()
    client = user.client
    others = User.objects.filter(client=client, deleted_at=None).exclude(pk=user.pk)
    is_last = client is not None and not others.exists()
    sent = Invitation.objects.filter(OPEN, invited_by=user)
    return Departure(
        sign_ins=TokenFamily.objects.filter(user=user, ended_at=None, expires_at__gt=now).count(),
        api_tokens=tokens_of(user).filter(expires_at__gt=now).count(),
        invitations=sent.filter(expires_at__gt=now).count(),
        is_last_of_tenant=is_last,
        holds=holds_of(client) if client and is_last else [],
    )


def _order(ordering: str) -> OrderBy:
    """Who never signed in, or has no tenant, comes last either way."""
    column = COLUMNS[ordering.removeprefix("-")]
    if ordering.startswith("-"):
        return column.desc(nulls_last=True)
    return column.asc(nulls_last=True)
