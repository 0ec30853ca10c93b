"""A tenant's accounts and clusters, as the page of its connections lists them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from apps.accounts.models import Client

from ..models import CloudAccount, Cluster, ConnectionTest
from .lists import with_counts


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account, its newest test (None before the first), and its clusters with their counts."""

    account: CloudAccount
    test: ConnectionTest | None
    clusters: Sequence[Cluster]


def connections_of(client: Client) -> list[AccountRow]:
    """Every account of a tenant by name, drafts too, with the clusters that were not given back.

    Three queries, however many.
    """
    living = with_counts(Cluster.objects.filter(left_at=None)).defer("kubeconfig")
    accounts = CloudAccount.objects.filter(client=client).defer("external_id")
    rows = list(accounts.prefetch_related(Prefetch("clusters", living)))
    newest = (
        ConnectionTest.objects.filter(account__client=client, cluster=None)
        .order_by("account_id", "-created_at")
        .distinct("account_id")
    )
    tests = {test.account_id: test for test in newest}
    return [AccountRow(row, tests.get(row.pk), list(row.clusters.all())) for row in rows]


def newest_test(account: CloudAccount) -> ConnectionTest | None:
    """The account's own newest test, with who asked for it."""
    tests = ConnectionTest.objects.filter(account=account, cluster=None)
    return tests.select_related("requested_by").first()
