"""The full discovery of an account: its regions one by one, its trouble in one sentence."""

from uuid import UUID

import structlog
from django.utils import timezone

from apps.fleet.models import CloudAccount, Cluster
from apps.fleet.services.templates import read_templates, remove_unused
from atharva.api.problems import Problem

from .groups import discover_groups
from .instances import discover_instances
from .place import place_of

log = structlog.get_logger(__name__)


def account_ids() -> list[UUID]:
    """Every account, the longest not discovered first."""
    rows = CloudAccount.objects.order_by("discovered_at")
    return list(rows.values_list("pk", flat=True))


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
        for cluster in Cluster.objects.filter(account=account, region=region).select_related("account"):
            read_templates(cluster)
        remove_unused(account, region, place.cloud, now)
    except Problem as trouble:
        log.warning("discovery_failed", account=account.name, region=region, why=trouble.sentence)
        return f"Account {account.name} could not be read in {region}: {trouble.sentence}"
    log.info("discovered", account=account.name, region=region)
    return ""
