"""A person asks for a test."""

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.fleet.errors import RoleUnknown
from apps.fleet.models import CloudAccount, Cluster, ConnectionTest


@transaction.atomic
def start_test(account: CloudAccount, *, by: User, cluster: Cluster | None = None) -> ConnectionTest:
    """A test of the account, or of one of its clusters; the one that is under way where there is one.

    A worker begins it within seconds. Raises RoleUnknown.
    """
    if not account.role_arn:
        raise RoleUnknown(account=account.name)
    # Without a lock two clicks would meet in the unique constraint.
    CloudAccount.objects.select_for_update().get(pk=account.pk)
    running = ConnectionTest.objects.filter(account=account, cluster=cluster, finished_at=None).first()
    if running is not None:
        return running
    test = ConnectionTest.objects.create(
        client=account.client, account=account, cluster=cluster, requested_by=by
    )
    audit.record("connection_tested", target=cluster or account, by=by, client=account.client)
    return test
