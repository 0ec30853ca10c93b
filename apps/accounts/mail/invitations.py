"""The letter that invites somebody."""

from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from ..links import digest_of, new_secret
from ..models import Invitation
from .sending import absolute, send


def send_invitation(invitation_id: UUID) -> None:
    """Mail the link with a fresh secret: whatever was mailed before opens nothing any more.

    Nothing is sent for an invitation that is not open. Raises OSError where no mail can be sent; the row then
    has no `sent_at`.
    """
    secret = new_secret()
    invitation = _renewed(invitation_id, digest_of(secret))
    if invitation is None:
        return
    send(
        "invitation",
        to=invitation.email,
        subject=f"{invitation.invited_by} invites you to Atharva.AI",
        invitation=invitation,
        url=absolute(reverse("accounts:accept_invitation", args=[invitation.pk, secret])),
    )
    # The digest: where another letter has overtaken this one, that one's time is told.
    Invitation.objects.filter(pk=invitation_id, digest=digest_of(secret)).update(sent_at=timezone.now())


@transaction.atomic
def _renewed(invitation_id: UUID, digest: str) -> Invitation | None:
    """The invitation, now opened by the secret of `digest` alone; None where it is not open."""
    open_ones = Invitation.objects.select_for_update(of=("self",)).select_related("invited_by", "client")
    invitation = open_ones.filter(pk=invitation_id).first()
    if invitation is None or not invitation.is_open(timezone.now()):
        return None
    invitation.digest, invitation.sent_at = digest, None
    invitation.save(update_fields=["digest", "sent_at"])
    return invitation
