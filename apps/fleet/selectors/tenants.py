"""Tenants, one row each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from apps.accounts.models import Client
from apps.fleet.models import Instance
from apps.fleet.statuses import InstanceState

from .figures import ClusterFigures, Figures, total


@dataclass(frozen=True, slots=True)
class TenantRow:
    id: UUID
    name: str
    figures: Figures


def tenant_rows(clusters: Iterable[ClusterFigures]) -> list[TenantRow]:
    """Every tenant with the sum of its clusters' figures, those in trouble first. One query."""
    by_client: dict[UUID, list[Figures]] = defaultdict(list)
    for cluster in clusters:
        by_client[cluster.client_id].append(cluster.figures)
    names = Client.objects.filter(deleted_at=None).order_by("name").values_list("pk", "name")
    rows = [TenantRow(pk, name, total(by_client[pk])) for pk, name in names]
    return sorted(rows, key=lambda row: -(row.figures.unreachable or row.figures.interrupted))


def nodes_by_tenant() -> list[tuple[Client, int]]:
    """Every tenant by name with its number of living nodes. Two queries."""
    living = Instance.objects.filter(~Q(state=InstanceState.TERMINATED), cluster__isnull=False)
    nodes = dict(living.order_by().values_list("cluster__client").annotate(Count("pk")))
    return [
        (client, nodes.get(client.pk, 0))
        for client in Client.objects.filter(deleted_at=None).order_by("name")
    ]
