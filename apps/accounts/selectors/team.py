"""The people of a tenant, and who is invited to it."""

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet

from ..models import Client, Invitation, User


def people_of(client: Client) -> QuerySet[User]:
    """The living people of a tenant by name, with `has_second_factor`. One query."""
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    living = User.objects.filter(client=client, deleted_at=None)
    return living.annotate(has_second_factor=Exists(factor)).order_by("name", "username")


def invitations_of(client: Client | None) -> QuerySet[Invitation]:
    """Those neither accepted nor withdrawn, the newest first, with who invited to what.

    Without a client those of people who work for none: administrators and researchers.
    """
    open_ones = Invitation.objects.filter(client=client, accepted_at=None, withdrawn_at=None)
    return open_ones.select_related("invited_by", "client").order_by("-created_at", "pk")
