"""Removing what nobody uses of the platform's own launch templates."""

from datetime import datetime, timedelta

import structlog

from apps.fleet.cloud import Cloud
from apps.fleet.models import CloudAccount, Launch, NodeTemplate, Switch

log = structlog.get_logger(__name__)

LAST_VERSIONS = 2
# A template is made in AWS before its id is stored.
SETTLED = timedelta(minutes=15)


def remove_unused(account: CloudAccount, region: str, cloud: Cloud, now: datetime) -> None:
    """Delete launch templates that no node template names, and old versions of the others.

    Only those that this installation made. The current version and the last two stay, and all do while a
    node of the cluster is being launched, which may be asked for from an earlier one again. Raises what the
    cloud raises.
    """
    rows = NodeTemplate.objects.filter(cluster__account=account, cluster__region=region)
    in_use = {row.launch_template_id: row for row in rows.exclude(launch_template_id="")}
    moving = Switch.objects.filter(cluster__account=account, finished_at=None, new_instance=None)
    buying = Launch.objects.open().filter(cluster__account=account, instance=None)
    launching = {pk for rows in (moving, buying) for pk in rows.order_by().values_list("cluster", flat=True)}
    for found in cloud.own_launch_templates(str(account.pk)):
        row = in_use.get(found.id)
        if row is None:
            if now - found.created_at > SETTLED:
                cloud.delete_launch_template(found.id)
                log.info("launch_template_removed", account=account.name, region=region, name=found.name)
        elif row.cluster_id not in launching:
            cloud.delete_old_versions(found.id, current=row.launch_template_version, last=LAST_VERSIONS)
