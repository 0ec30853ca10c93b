"""Auto Scaling groups as rows."""

from datetime import datetime

from apps.fleet.belonging import cluster_name
from apps.fleet.cloud.port import SeenGroup
from apps.fleet.models import NodeGroup

from .pages import in_pages
from .place import Place

# Not `taken`: what we took from a group is ours to remember.
LEARNED = [
    "cluster",
    "min_size",
    "desired",
    "max_size",
    "launch_template_id",
    "launch_template_version",
    "subnet_ids",
    "seen_at",
]


def discover_groups(place: Place, now: datetime) -> None:
    """Store every group of the region and forget those that are gone. One query a page, two at the end."""
    for page in in_pages(place.cloud.groups()):
        NodeGroup.objects.bulk_create(
            [_row(place, group, now) for group in page],
            update_conflicts=True,
            unique_fields=["account", "region", "name"],
            update_fields=LEARNED,
        )
    NodeGroup.objects.filter(account=place.account, region=place.region, seen_at__lt=now).delete()
    place.reload_groups()


def _row(place: Place, group: SeenGroup, now: datetime) -> NodeGroup:
    return NodeGroup(
        account=place.account,
        region=place.region,
        name=group.name,
        cluster_id=place.clusters.get(cluster_name(group.tags, place.clusters)),
        min_size=group.min_size,
        desired=group.desired,
        max_size=group.max_size,
        launch_template_id=group.launch_template_id,
        launch_template_version=group.launch_template_version,
        subnet_ids=list(group.subnet_ids),
        seen_at=now,
    )
