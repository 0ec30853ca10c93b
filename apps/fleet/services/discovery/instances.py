"""Instances as rows. What others know better is not written here: the node's fields, drain and ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from apps.fleet.belonging import GROUP_TAG, cluster_name, managed_by
from apps.fleet.cloud.port import SeenInstance
from apps.fleet.models import Instance
from apps.fleet.statuses import InstanceState

from .pages import in_pages
from .place import Place

log = structlog.get_logger(__name__)

# EC2 may not list for some time what it has just launched.
EVENTUAL_CONSISTENCY = timedelta(minutes=2)
LIVING = {"pending": InstanceState.PENDING, "running": InstanceState.RUNNING}
LEARNED = [
    "group",
    "zone",
    "instance_type",
    "lifecycle",
    "managed_by",
    "launched_at",
    "tags",
    "subnet_id",
    "image_id",
    "seen_at",
]


def discover_instances(place: Place, now: datetime) -> None:
    """Store every living instance of the region, and end the rows of those that EC2 no longer lists.

    Raises what the cloud raises; then no row is ended, because an incomplete list proves nothing.
    """
    for page in in_pages(place.cloud.instances()):
        store(place, page, now)
    end(
        Instance.objects.filter(
            account=place.account,
            region=place.region,
            seen_at__lt=now,
            launched_at__lt=now - EVENTUAL_CONSISTENCY,
        ).values_list("ec2_id", flat=True),
        now,
    )


def store(place: Place, seen: Sequence[SeenInstance], now: datetime) -> None:
    """Bring the rows of `seen` up to date: six queries, however many they are.

    Stopped and ending instances count as terminated: they run nothing and cost no hours. A stopped one that
    is started again lives again.
    """
    living = [one for one in seen if one.state in LIVING and _has_type(place, one)]
    rows = [_row(place, one, now) for one in sorted(living, key=lambda one: one.id)]
    _upsert([row for row in rows if row.cluster_id], [*LEARNED, "cluster"])
    strangers = [row for row in rows if not row.cluster_id]
    _upsert(strangers, LEARNED)
    # A node of a cluster stays its cluster's, whatever its tags say: the watch has seen it there.
    Instance.objects.filter(
        ec2_id__in=[row.ec2_id for row in strangers], cluster__isnull=False, node_name=""
    ).update(cluster=None)
    for state, kept in (
        (InstanceState.RUNNING, [InstanceState.RUNNING, InstanceState.DRAINING]),
        (InstanceState.PENDING, [InstanceState.PENDING]),
    ):
        changed = Instance.objects.filter(ec2_id__in=[row.ec2_id for row in rows if row.state == state])
        changed.exclude(state__in=kept).update(state=state, terminated_at=None)
    end([one.id for one in seen if one.state not in LIVING], now)


def end(ids: Iterable[str], now: datetime) -> None:
    """Mark instances as terminated, as of `now` where they were not before."""
    Instance.objects.filter(ec2_id__in=ids).exclude(state=InstanceState.TERMINATED).update(
        state=InstanceState.TERMINATED, terminated_at=now, seen_at=now
    )


def _upsert(rows: list[Instance], fields: list[str]) -> None:
    Instance.objects.bulk_create(rows, update_conflicts=True, unique_fields=["ec2_id"], update_fields=fields)


def _has_type(place: Place, seen: SeenInstance) -> bool:
    known = place.knows_type(seen.instance_type)
    if not known:
        log.warning("instance_of_unknown_type", instance=seen.id, instance_type=seen.instance_type)
    return known


def _row(place: Place, seen: SeenInstance, now: datetime) -> Instance:
    return Instance(
        ec2_id=seen.id,
        account=place.account,
        cluster_id=place.clusters.get(cluster_name(seen.tags, place.clusters)),
        group_id=place.groups.get(seen.tags.get(GROUP_TAG, "")),
        region=place.region,
        zone=seen.zone,
        instance_type_id=seen.instance_type,
        lifecycle=seen.lifecycle,
        state=LIVING[seen.state],
        managed_by=managed_by(seen),
        launched_at=seen.launched_at,
        tags=dict(seen.tags),
        subnet_id=seen.subnet_id,
        image_id=seen.image_id,
        seen_at=now,
    )
