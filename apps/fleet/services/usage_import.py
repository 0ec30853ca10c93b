"""Importing a tenant's costs from before the platform looked after them."""

from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from apps.accounts.models import Client

from ..models import CloudAccount, Cluster, CostEntry
from .usage_lines import lines_of

# The file streams through a temporary table: it may hold years, and several lines of one instance and hour,
# which are summed before they meet the ledger.
STAGE = """
CREATE TEMPORARY TABLE usage_stage (
    cluster_id uuid, instance text, instance_type text, zone text, lifecycle text,
    starts_at timestamptz, seconds integer, baseline_usd numeric, paid_usd numeric
)
"""
COPY = "COPY usage_stage FROM STDIN"
MERGE = """
INSERT INTO fleet_costentry (
    client_id, cluster_id, instance, instance_type, zone, lifecycle, source,
    starts_at, seconds, baseline_usd, paid_usd
)
SELECT %s, min(cluster_id::text)::uuid, instance, min(instance_type), min(zone), min(lifecycle), %s,
    starts_at, sum(seconds), sum(baseline_usd), sum(paid_usd)
FROM usage_stage
WHERE NOT EXISTS (
    SELECT FROM fleet_costentry AS metered
    WHERE metered.instance = usage_stage.instance AND metered.source = %s
        AND metered.starts_at >= usage_stage.starts_at
        AND metered.starts_at < usage_stage.starts_at + make_interval(secs => usage_stage.seconds)
)
GROUP BY instance, starts_at
ON CONFLICT (instance, starts_at, source) DO UPDATE SET
    cluster_id = excluded.cluster_id, instance_type = excluded.instance_type, zone = excluded.zone,
    lifecycle = excluded.lifecycle, seconds = excluded.seconds,
    baseline_usd = excluded.baseline_usd, paid_usd = excluded.paid_usd
WHERE fleet_costentry.client_id = excluded.client_id
"""


@dataclass(frozen=True, slots=True)
class Imported:
    lines: int  # instance hours read
    entries: int  # rows of the ledger made or renewed


@transaction.atomic
def import_usage(client: Client, path: Path) -> Imported:
    """Bring an extract of a Cost and Usage Report into the ledger, whole or not at all.

    The same file, or a later one of the same hours, renews what it brought before. A line of which the
    ledger metered a part itself is left out, so that no hour counts twice. Raises UsageFileInvalid.
    """
    accounts = frozenset(
        CloudAccount.objects.filter(client=client, connected_at__isnull=False).values_list(
            "aws_account_id", flat=True
        )
    )
    clusters = {
        (account, name): pk
        for account, name, pk in Cluster.objects.filter(client=client).values_list(
            "account__aws_account_id", "name", "pk"
        )
    }
    lines = 0
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy(COPY) as copy:
            for line in lines_of(path, accounts):
                lines += 1
                copy.write_row(
                    (
                        clusters.get((line.account_id, line.cluster)),
                        line.instance,
                        line.instance_type,
                        line.zone,
                        line.lifecycle,
                        line.starts_at,
                        line.seconds,
                        line.baseline_usd,
                        line.paid_usd,
                    )
                )
        cursor.execute(MERGE, [client.pk, CostEntry.Source.IMPORTED, CostEntry.Source.METERED])
        entries = cursor.rowcount
        cursor.execute("DROP TABLE usage_stage")
    return Imported(lines=lines, entries=entries)
