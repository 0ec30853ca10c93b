"""A tenant's accounts and clusters, as the page of its connections lists them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Prefetch, Subquery

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
    newest = ConnectionTest.objects.filter(account=OuterRef("pk"), cluster=None).order_by("-created_at")
    accounts = (
        CloudAccount.objects.filter(client=client)
        .defer("external_id")
        .annotate(newest_test=Subquery(newest.values("pk")[:1]))
        .prefetch_related(Prefetch("clusters", living, to_attr="living"))
    )
    rows = list(accounts)
    tests = ConnectionTest.objects.in_bulk([row.newest_test for row in rows if row.newest_test])
    return [AccountRow(row, tests.get(row.newest_test), row.living) for row in rows]  # type: ignore[attr-defined]  # prefetched


def newest_test(account: CloudAccount) -> ConnectionTest | None:
    """The account's own newest test, with who asked for it."""
    tests = ConnectionTest.objects.filter(account=account, cluster=None)
    return tests.select_related("requested_by").first()
