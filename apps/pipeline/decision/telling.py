"""Notices of what the loops did by themselves."""

from datetime import datetime

from django.db import transaction

from apps.fleet.models import Cluster, Instance, Notification
from apps.fleet.statuses import NoticeKind
from atharva.live import publish_to_client


def tell(
    cluster: Cluster, kind: NoticeKind, text: str, *, now: datetime, instance: Instance | None = None
) -> None:
    """Leave a notice for the cluster's tenant, and show it on open pages once it is committed."""
    notice = Notification.objects.create(
        client_id=cluster.client_id,
        cluster=cluster,
        instance=instance,
        kind=kind,
        text=text[:300],
        created_at=now,
    )
    transaction.on_commit(
        lambda: publish_to_client(
            cluster.client_id,
            "notification",
            id=notice.pk,
            kind=notice.kind,
            text=notice.text,
            cluster_id=notice.cluster_id,
            instance=instance.ec2_id if instance else None,
            created_at=notice.created_at,
        )
    )
