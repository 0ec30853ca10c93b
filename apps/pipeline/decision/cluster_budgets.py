"""A cluster's own disruption budgets, read from its rows."""

from datetime import timedelta
from uuid import UUID

from apps.fleet.models import DisruptionBudget

from .budgets import Budget


def budgets_of(cluster_id: UUID) -> tuple[Budget, ...]:
    """The budgets of a cluster, in force now or not; one query."""
    return tuple(
        Budget(
            name=row.name,
            kinds=frozenset(row.kinds),
            max_nodes=row.max_nodes,
            max_pct=row.max_pct,
            cron=row.cron,
            duration=timedelta(seconds=row.duration_seconds),
            time_zone=row.time_zone,
        )
        for row in DisruptionBudget.objects.filter(cluster=cluster_id)
    )
