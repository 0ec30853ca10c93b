"""A few instances, by id, every few seconds: those that a switch or a boot waits for."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.fleet.cloud import Cloud, cloud_in
from apps.fleet.cloud.port import SeenInstance
from apps.fleet.models import CloudAccount, Instance, Switch
from apps.fleet.statuses import InstanceState
from atharva.api.problems import Problem

from .instances import EVENTUAL_CONSISTENCY, LIVING, end, store
from .place import place_of

log = structlog.get_logger(__name__)

AT_ONCE = 2000
# Events tell most of it at once; asking is for those that were lost.
FRESH = timedelta(seconds=10)


def refresh_awaited() -> int:
    """Refresh the instances that boot or take part in an open switch; how many were asked for.

    One batch an account and region; one that cannot be reached does not stop the others.
    """
    batches: dict[tuple[CloudAccount, str], list[str]] = defaultdict(list)
    for instance in _awaited(timezone.now()):
        batches[instance.account, instance.region].append(instance.ec2_id)
    for (account, region), ids in batches.items():
        try:
            refresh_instances(account, region, ids)
        except Problem as trouble:
            log.warning("refresh_failed", account=account.name, region=region, why=trouble.sentence)
    return sum(len(ids) for ids in batches.values())


def refresh_instances(account: CloudAccount, region: str, ids: Collection[str]) -> None:
    """Bring the rows of `ids` up to date, status checks of booting ones included; unknown ones get a row.

    Raises what the cloud raises.
    """
    now = timezone.now()
    cloud = cloud_in(account, region)
    seen = cloud.instances_by_id(ids)
    rows = Instance.objects.in_bulk(list(ids), field_name="ec2_id")
    changed = [one for one in seen.values() if _differs(one, rows.get(one.id))]
    if changed:
        store(place_of(account, region), changed, now)
    end([row.ec2_id for row in rows.values() if row.ec2_id not in seen and _is_old(row, now)], now)
    Instance.objects.filter(ec2_id__in=seen).update(seen_at=now)
    _note_status_checks(cloud, seen, rows)


def _awaited(now: datetime) -> list[Instance]:
    leaving = Switch.objects.filter(old_instance=OuterRef("pk"), finished_at=None)
    arriving = Switch.objects.filter(new_instance=OuterRef("pk"), finished_at=None)
    return list(
        Instance.objects.exclude(state=InstanceState.TERMINATED)
        .filter(Q(state=InstanceState.PENDING) | Exists(leaving) | Exists(arriving))
        .filter(seen_at__lt=now - FRESH)
        .select_related("account")
        .order_by("seen_at")[:AT_ONCE]
    )


def _differs(seen: SeenInstance, row: Instance | None) -> bool:
    """Whether EC2 tells more than that it still sees the instance as the row has it."""
    if row is None:
        return seen.state in LIVING
    state = InstanceState.RUNNING if row.state == InstanceState.DRAINING else row.state
    told = LIVING.get(seen.state, InstanceState.TERMINATED)
    return (told, dict(seen.tags), seen.subnet_id) != (state, row.tags, row.subnet_id)


def _is_old(row: Instance, now: datetime) -> bool:
    return row.launched_at < now - EVENTUAL_CONSISTENCY


def _note_status_checks(cloud: Cloud, seen: Mapping[str, SeenInstance], rows: Mapping[str, Instance]) -> None:
    passed = {ec2_id for ec2_id, row in rows.items() if row.status_checks_passed}
    booting = [one.id for one in seen.values() if one.state == "running" and one.id not in passed]
    if booting:
        ok = cloud.passed_status_checks(booting)
        Instance.objects.filter(ec2_id__in=ok).update(status_checks_passed=True)
