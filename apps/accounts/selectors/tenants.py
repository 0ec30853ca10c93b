"""What is read of tenants."""

from django.db.models import Q
from django.utils import timezone

from ..errors import ClientUnknown
from ..models import Client
from ..signals import tenant_emptied

OPEN = Q(accepted_at=None, withdrawn_at=None)


def client_named(name: str) -> Client:
    """The living tenant of this name. Raises ClientUnknown."""
    client = Client.objects.filter(name=name, deleted_at=None).first()
    if client is None:
        raise ClientUnknown(client=name)
    return client


def holds_of(client: Client) -> list[str]:
    """What keeps a tenant without people from being archived: "3 clusters are connected"."""
    answers = [answer for _, answer in tenant_emptied.send(sender=Client, client=client)]
    waiting = client.invitations.filter(OPEN, expires_at__gt=timezone.now()).count()
    if waiting:
        answers.append(f"{waiting} invitation{'s are' if waiting > 1 else ' is'} open")
    return [answer for answer in answers if answer]
