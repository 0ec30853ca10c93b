"""What is read of tenants."""

from ..errors import ClientUnknown
from ..models import Client


def client_named(name: str) -> Client:
    """The living tenant of this name. Raises ClientUnknown."""
    client = Client.objects.filter(name=name, deleted_at=None).first()
    if client is None:
        raise ClientUnknown(client=name)
    return client
