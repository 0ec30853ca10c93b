"""Who may invite whom, and how far an invitation has come."""

from datetime import datetime

from django.db import models

from atharva.web.tones import Tone

from .models import Client, Invitation, Role, User


class InvitationState(models.TextChoices):
    WAITING = "waiting", "Not sent yet"
    SENT = "sent", "Sent"
    EXPIRED = "expired", "Expired"
    VOID = "void", "Void"
    ACCEPTED = "accepted", "Accepted"
    WITHDRAWN = "withdrawn", "Withdrawn"

    @property
    def tone(self) -> Tone:
        return LOOKS[self][0]

    @property
    def icon(self) -> str:
        return LOOKS[self][1]

    @property
    def can_be_accepted(self) -> bool:
        return self in (InvitationState.WAITING, InvitationState.SENT)


LOOKS = {
    InvitationState.WAITING: (Tone.RISK, "hourglass"),
    InvitationState.SENT: (Tone.INFO, "mail"),
    InvitationState.EXPIRED: (Tone.MUTED, "timer-off"),
    InvitationState.VOID: (Tone.MUTED, "ban"),
    InvitationState.ACCEPTED: (Tone.OK, "circle-check"),
    InvitationState.WITHDRAWN: (Tone.MUTED, "undo-2"),
}


def may_invite(by: User, role: Role, client: Client | None) -> bool:
    """Admins invite anybody anywhere, a tenant's people colleagues into their own tenant."""
    if not by.is_active or (client is None) == (role == Role.CLIENT):
        return False
    if by.role == Role.CLIENT:
        return client is not None and client.pk == by.client_id
    return by.role == Role.ADMIN


def state_of(invitation: Invitation, now: datetime) -> InvitationState:
    """An invitation lasts no longer than its tenant, and than the right of who made it to make it."""
    client = invitation.client
    if invitation.accepted_at:
        return InvitationState.ACCEPTED
    if invitation.withdrawn_at:
        return InvitationState.WITHDRAWN
    if not invitation.is_open(now):
        return InvitationState.EXPIRED
    is_gone = client is not None and client.deleted_at is not None
    if is_gone or not may_invite(invitation.invited_by, Role(invitation.role), client):
        return InvitationState.VOID
    return InvitationState.SENT if invitation.sent_at else InvitationState.WAITING
