"""What each account may run in a region, from Service Quotas."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.fleet.cloud import cloud_in
from apps.fleet.errors import AccessDenied
from apps.fleet.models import CloudAccount, Quota

from .recording import Attempt


def refresh_quotas(accounts: Iterable[CloudAccount], region: str, attempt: Attempt, *, now: datetime) -> None:
    """Store the quotas of those accounts in the region.

    Raises AccessDenied once all were asked, where one of them may not be: of that one nothing is known then.
    """
    refused: AccessDenied | None = None
    for account in accounts:
        try:
            attempt.rows += _store(account, region, now)
        except AccessDenied as denied:
            Quota.objects.filter(account=account, region=region).delete()
            refused = denied
    if refused is not None:
        raise refused


def accounts_with_clusters(region: str) -> list[CloudAccount]:
    """The accounts whose quotas matter in a region."""
    return list(
        CloudAccount.objects.in_use()
        .filter(clusters__region=region, clusters__left_at=None)
        .distinct()
        .order_by("created_at")
    )


def _store(account: CloudAccount, region: str, now: datetime) -> int:
    rows = [
        Quota(
            account=account,
            region=region,
            code=quota.code,
            lifecycle=quota.lifecycle,
            families=list(quota.families),
            vcpus=quota.vcpus,
            read_at=now,
        )
        for quota in cloud_in(account, region).quotas()
    ]
    with transaction.atomic():
        known = Quota.objects.filter(account=account, region=region)
        known.exclude(code__in=[row.code for row in rows]).delete()
        Quota.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["account", "region", "code"],
            update_fields=["lifecycle", "families", "vcpus", "read_at"],
        )
    return len(rows)
