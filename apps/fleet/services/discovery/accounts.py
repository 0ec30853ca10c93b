"""The full discovery of an account: its regions one by one, its trouble in one sentence."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from apps.fleet.models import CloudAccount, Cluster
from apps.fleet.services.templates import read_templates, remove_unused
from atharva.api.problems import Problem

from .groups import discover_groups
from .instances import discover_instances
from .place import place_of

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)


def claim_due(now: datetime) -> list[UUID]:
    """The accounts whose full discovery is due, each given to one caller; the next is due after EVERY."""
    with transaction.atomic():
        due = (
            CloudAccount.objects.in_use()
            .select_for_update(skip_locked=True, of=("self",))
            .filter(discover_at__lte=now)
        )
        ids = list(due.order_by("discover_at").values_list("pk", flat=True))
        CloudAccount.objects.filter(pk__in=ids).update(discover_at=now + EVERY)
    return ids


def discover_soon(account: CloudAccount) -> None:
    """Have an account discovered within seconds: something of it was connected or changed."""
    CloudAccount.objects.filter(pk=account.pk).update(discover_at=timezone.now())


def discover_account(account_id: UUID) -> str:
    """Bring groups, instances and node templates of an account up to date; what went wrong, or nothing.

    A region in trouble does not stop the others. The account's `problem` says the same sentence, and is
    empty again after the next discovery that goes well.
    """
    account = CloudAccount.objects.get(pk=account_id)
    troubles = [trouble for region in account.regions if (trouble := _discover(account, region))]
    problem = " ".join(troubles)
    CloudAccount.objects.filter(pk=account_id).update(
        problem=problem, discovered_at=account.discovered_at if problem else timezone.now()
    )
    return problem


def _discover(account: CloudAccount, region: str) -> str:
    now = timezone.now()
    try:
        place = place_of(account, region)
        discover_groups(place, now)
        discover_instances(place, now)
        for cluster in (
            Cluster.objects.in_use().filter(account=account, region=region).select_related("account")
        ):
            read_templates(cluster)
        remove_unused(account, region, place.cloud, now)
    except Problem as trouble:
        log.warning("discovery_failed", account=account.name, region=region, why=trouble.sentence)
        return f"Account {account.name} could not be read in {region}: {trouble.sentence}"
    log.info("discovered", account=account.name, region=region)
    return ""
