"""What the fleet answers when the people's app asks."""

from typing import Any

from django.dispatch import receiver

from apps.accounts.models import Client
from apps.accounts.signals import tenant_emptied

from .models import CloudAccount, Cluster


@receiver(tenant_emptied)
def still_connected(sender: type[Client], client: Client, **kwargs: Any) -> str:
    """Clusters before accounts: who has a cluster has its account. Empty where nothing is connected."""
    if clusters := Cluster.objects.filter(account__client=client, left_at=None).count():
        return f"{clusters} cluster{'s are' if clusters > 1 else ' is'} connected"
    if accounts := CloudAccount.objects.filter(client=client, connected_at__isnull=False).count():
        return f"{accounts} AWS account{'s are' if accounts > 1 else ' is'} connected"
    return ""
