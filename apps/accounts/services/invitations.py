"""Seats kept for people who are not here yet."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ..errors import (
    AddressTaken,
    AlreadyInvited,
    InvitationClosed,
    InvitationNotAllowed,
    InvitationVoid,
    TooManyInvitations,
)
from ..links import is_same_digest
from ..models import Client, Invitation, Role, User
from ..passwords import check_password_strength
from ..seats import may_invite, state_of
from ..tasks import mail
from . import audit

LIFETIME = timedelta(days=7)
# Whoever signs up can have us write to strangers: not to many at a time.
MOST_OPEN_OF_A_TENANT = 50
OPEN = Q(accepted_at=None, withdrawn_at=None)


@transaction.atomic
def invite(email: str, *, role: Role, client: Client | None, by: User) -> Invitation:
    """Keep a seat at `client` for whoever reads the mail of `email`, and send them the link.

    Raises InvitationNotAllowed, AddressTaken, AlreadyInvited, TooManyInvitations.
    """
    email = email.lower()
    _check_may_invite(by, role, client)
    _end_expired(email)
    _check_is_free(email, client)
    if client and Invitation.objects.filter(OPEN, client=client).count() >= MOST_OPEN_OF_A_TENANT:
        raise TooManyInvitations(most=MOST_OPEN_OF_A_TENANT)
    try:
        invitation = Invitation.objects.create(
            email=email, role=role, client=client, invited_by=by, expires_at=timezone.now() + LIFETIME
        )
    except IntegrityError as error:  # somebody else has just invited the same address
        raise AddressTaken(email=email) from error
    audit.record(
        "invitation_made", target=invitation, by=by, client=client, after={"email": email, "role": role}
    )
    _send(invitation)
    return invitation


@transaction.atomic
def resend(invitation: Invitation, *, by: User) -> Invitation:
    """Send a new link that holds for another week; the old one opens nothing from now on.

    Raises InvitationNotAllowed, InvitationClosed.
    """
    _check_may_invite(by, Role(invitation.role), invitation.client)
    renewed = _locked_open(invitation)
    was = renewed.expires_at
    renewed.expires_at, renewed.invited_by = timezone.now() + LIFETIME, by
    renewed.digest, renewed.sent_at = "", None
    renewed.save(update_fields=["expires_at", "invited_by", "digest", "sent_at"])
    audit.record(
        "invitation_sent_again",
        target=renewed,
        by=by,
        client=renewed.client,
        before={"expires_at": was},
        after={"expires_at": renewed.expires_at},
    )
    _send(renewed)
    return renewed


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User) -> None:
    """Give the seat up: the link opens nothing from now on. Raises InvitationClosed."""
    _end(_locked_open(invitation), by=by)


def opened(invitation_id: UUID, digest: str) -> Invitation:
    """The invitation that a link with a secret of this digest opens. Raises InvitationVoid."""
    return _opened(Invitation.objects.all(), invitation_id, digest)


def accept(invitation_id: UUID, digest: str, *, name: str, password: str) -> User:
    """Make the person whom the link invites; their username is the address that it was sent to.

    Raises InvitationVoid, PasswordRefused, AddressTaken.
    """
    # Before anything is locked: it asks a service elsewhere.
    check_password_strength(password, _newcomer(opened(invitation_id, digest), name))
    return _accept(invitation_id, digest, name, password)


@transaction.atomic
def _accept(invitation_id: UUID, digest: str, name: str, password: str) -> User:
    # Locked: of two who follow the link at once, one gets the seat.
    invitation = _opened(Invitation.objects.select_for_update(of=("self",)), invitation_id, digest)
    _check_nobody_has(invitation.email)
    user = _newcomer(invitation, name)
    user.set_password(password)
    try:
        user.save()
    except IntegrityError as error:  # somebody has signed up with the address in this moment
        raise AddressTaken(email=invitation.email) from error
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record(
        "invitation_accepted",
        target=invitation,
        by=user,
        client=invitation.client,
        after={"username": user.username, "name": name, "role": user.role},
    )
    return user


def _newcomer(invitation: Invitation, name: str) -> User:
    email = invitation.email
    return User(
        username=email,
        email=email,
        email_proven_at=timezone.now(),
        name=name,
        role=invitation.role,
        client=invitation.client,
    )


def _check_may_invite(by: User, role: Role, client: Client | None) -> None:
    if not may_invite(by, role, client):
        raise InvitationNotAllowed(role=role.label, where=client or "the platform")


def _opened(invitations: QuerySet[Invitation], invitation_id: UUID, digest: str) -> Invitation:
    invitation = invitations.select_related("client", "invited_by").filter(pk=invitation_id).first()
    # Compared also where there is none, so that an id that exists takes no longer than one that does not.
    fits = is_same_digest(digest, invitation.digest if invitation else "")
    if invitation is None or not fits or not state_of(invitation, timezone.now()).can_be_accepted:
        raise InvitationVoid
    return invitation


def _check_nobody_has(email: str) -> None:
    living = User.objects.filter(deleted_at=None)
    if living.filter(Q(username__iexact=email) | Q(email__iexact=email)).exists():
        raise AddressTaken(email=email)


def _check_is_free(email: str, client: Client | None) -> None:
    _check_nobody_has(email)
    open_ones = Invitation.objects.filter(OPEN, email__iexact=email)
    if open_ones.filter(client=client).exists():
        raise AlreadyInvited(email=email)
    # Another tenant's is not told apart from a person: whom others invite is theirs to know.
    if open_ones.exists():
        raise AddressTaken(email=email)


def _end_expired(email: str) -> None:
    for expired in Invitation.objects.filter(OPEN, email__iexact=email, expires_at__lte=timezone.now()):
        _end(expired, by=None)


def _end(invitation: Invitation, *, by: User | None) -> None:
    invitation.withdrawn_at, invitation.digest = timezone.now(), ""
    invitation.save(update_fields=["withdrawn_at", "digest"])
    audit.record("invitation_withdrawn", target=invitation, by=by, client=invitation.client)


def _locked_open(invitation: Invitation) -> Invitation:
    """The row as it is now, nobody else's until the transaction ends. Raises InvitationClosed."""
    found = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if found.accepted_at or found.withdrawn_at:
        raise InvitationClosed(email=found.email, became="accepted" if found.accepted_at else "withdrawn")
    return found


def _send(invitation: Invitation) -> None:
    # Without a broker the row stays as not sent, and says so where it is listed: nothing is lost.
    transaction.on_commit(partial(mail.send_invitation.delay, str(invitation.pk)), robust=True)
