"""People as administrators make, change and archive them; whatever they may no longer do ends at once."""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from atharva.api.problems import Missing

from ..errors import (
    EmailTaken,
    LastAdmin,
    OneselfUntouchable,
    TenantNamedTwice,
    TenantNeeded,
    TenantNotForRole,
)
from ..models import Client, Invitation, Role, User, UserStatus
from ..passwords import generate_password
from . import audit
from .invitations import withdraw
from .sessions import end_sessions
from .tenants import archive_if_empty, create_client, hold


class Changes(TypedDict, total=False):
    """What shall be different. What is not named stays as it is, whoever changes it meanwhile."""

    name: str
    role: Role
    status: UserStatus
    client: Client | None


def create_person(
    *, name: str, email: str, role: Role, client: Client | None = None, company: str = "", by: User
) -> tuple[User, str]:
    """A new person, whose username is the address, and the password made for them, which is kept nowhere.

    Somebody of role client works for `client`, or for a new tenant named `company`. Raises EmailTaken,
    CompanyTaken, TenantNamedTwice, TenantNeeded, TenantNotForRole, TenantGone.
    """
    if client and company:
        raise TenantNamedTwice
    address = email.lower()
    user = User(username=address, email=address, email_proven_at=timezone.now(), name=name, role=role)
    password = generate_password()
    user.set_password(password)  # slow by design, so before anything is locked
    _make(user, client, company, by)
    return user, password


@transaction.atomic
def _make(user: User, client: Client | None, company: str, by: User) -> None:
    living = User.objects.filter(deleted_at=None)
    if living.filter(Q(username__iexact=user.email) | Q(email__iexact=user.email)).exists():
        raise EmailTaken(email=user.email)
    _put(user, create_client(company, by=by) if company else client)
    # A seat that was kept for them is theirs by another way now. First, as whoever accepts it locks it first.
    _withdraw(Q(email__iexact=user.email), by=by)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # somebody else has just taken the address
        raise EmailTaken(email=user.email) from error
    after = {"username": user.username, **_described(user)}
    audit.record("user_created", target=user, by=by, client=user.client, after=after)


@transaction.atomic
def change_person(user: User, *, by: User, **changes: Unpack[Changes]) -> User:
    """Change what is named. A change of role, status or tenant ends every session, token and socket.

    Clients alone work for a tenant, so whoever leaves that role leaves the tenant. Raises Missing for
    somebody deleted, OneselfUntouchable, LastAdmin, TenantNeeded, TenantNotForRole, TenantGone.
    """
    person, others = _locked(user)
    was, left, was_operator = _described(person), person.client, _operates(person)
    person.name = changes.get("name", person.name)
    person.role = changes.get("role", Role(person.role))
    person.status = changes.get("status", UserStatus(person.status))
    _put(person, changes.get("client", left if person.role == Role.CLIENT else None))
    now = _described(person)
    if was == now and left == person.client:
        return person
    if _access(was, left) != _access(now, person.client):
        _check_may(person, by, is_last=was_operator and not _operates(person) and not others)
        end_sessions(person)
    person.save(update_fields=["name", "role", "status", "client"])
    _record_change(person, was, now, left, by)
    if left and left != person.client:
        archive_if_empty(left, by=by)
    return person


@transaction.atomic
def delete_person(user: User, *, by: User) -> None:
    """Archive a person: every session of theirs ends, and their address is free for somebody new.

    Invitations that they sent are withdrawn. A tenant that has nobody and nothing left is archived too.
    Raises Missing for somebody deleted already, OneselfUntouchable, LastAdmin.
    """
    person, others = _locked(user)
    _check_may(person, by, is_last=_operates(person) and not others)
    person.deleted_at = timezone.now()
    person.save(update_fields=["deleted_at"])
    end_sessions(person)
    Authenticator.objects.filter(user=person).delete()
    _withdraw(Q(invited_by=person), by=by)
    audit.record("user_deleted", target=person, by=by, client=person.client, before=_described(person))
    if person.client:
        archive_if_empty(person.client, by=by)


def _locked(user: User) -> tuple[User, list[User]]:
    """The person as they are now, and the other active admins; none of them changes meanwhile."""
    active_admins = Q(role=Role.ADMIN, status=UserStatus.ACTIVE)
    rows = User.objects.select_for_update(no_key=True, of=("self",)).select_related("client")
    found = rows.filter(Q(pk=user.pk) | active_admins, deleted_at=None).order_by("pk")
    people = {row.pk: row for row in found}
    if user.pk not in people:
        raise Missing(what="person", id=str(user.pk))
    return people.pop(user.pk), list(people.values())


def _check_may(person: User, by: User, *, is_last: bool) -> None:
    if person.pk == by.pk:
        raise OneselfUntouchable
    if is_last:
        raise LastAdmin(person=person)


def _put(person: User, client: Client | None) -> None:
    """Let a person work where their role lets them; it must be a living tenant if it is a new one."""
    if person.role == Role.CLIENT and client is None:
        raise TenantNeeded
    if person.role != Role.CLIENT and client is not None:
        raise TenantNotForRole(role=Role(person.role).label.lower())
    if client != person.client:
        person.client = hold(client) if client else None


def _record_change(
    person: User, was: Mapping[str, object], now: Mapping[str, object], left: Client | None, by: User
) -> None:
    """The trail of each tenant says that somebody came or went, and not where from or to."""
    if left and left != person.client:
        audit.record("user_left", target=person, by=by, client=left, before={"client": left.name})
    if person.client and left != person.client:
        joined = {"client": person.client.name}
        audit.record("user_joined", target=person, by=by, client=person.client, after=joined)
    if was != now:
        before, after = audit.difference(was, now)
        what = {UserStatus.BLOCKED: "user_blocked", UserStatus.ACTIVE: "user_opened"}
        kind = what[UserStatus(person.status)] if "status" in after else "user_changed"
        audit.record(kind, target=person, by=by, client=person.client or left, before=before, after=after)


def _withdraw(which: Q, *, by: User) -> None:
    """Give up the open invitations that are `which`."""
    open_ones = Invitation.objects.filter(which, accepted_at=None, withdrawn_at=None)
    for invitation in open_ones.select_for_update(no_key=True).order_by("pk"):
        withdraw(invitation, by=by)


def _operates(person: User) -> bool:
    return person.role == Role.ADMIN and person.is_active


def _access(described: Mapping[str, object], client: Client | None) -> tuple[object, ...]:
    """What decides about what a person may do and see."""
    return described["role"], described["status"], client


def _described(user: User) -> dict[str, object]:
    return {"name": user.name, "role": str(user.role), "status": str(user.status)}
