"""Finding the EKS clusters of an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from apps.fleet.cloud import cloud_in
from apps.fleet.errors import AccessDenied
from apps.fleet.models import CloudAccount
from atharva.api.problems import Problem

# However often somebody looks, AWS is asked once in this time.
ASKED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FoundCluster:
    name: str
    region: str
    version: str
    status: str
    has_api: bool


@dataclass(frozen=True, slots=True)
class FoundInRegion:
    """What a region has, as of `asked_at`, or why it could not be asked."""

    region: str
    asked_at: datetime
    clusters: tuple[FoundCluster, ...] = ()
    problem: str = ""


def found_clusters(account: CloudAccount) -> list[FoundInRegion]:
    """The EKS clusters in each of the account's regions, connected or not, at most a minute old.

    A region in trouble does not hide the others.
    """
    key = f"eks-clusters/{account.pk}/{','.join(account.regions)}"
    found: list[FoundInRegion] | None = cache.get(key)
    if found is None:
        found = [_look(account, region) for region in account.regions]
        cache.set(key, found, ASKED_EVERY.total_seconds())
    return found


def _look(account: CloudAccount, region: str) -> FoundInRegion:
    now = timezone.now()
    try:
        seen = list(cloud_in(account, region).eks_clusters())
    except AccessDenied as denied:
        what = f"The role lacks the permission {_permission(denied)} in {region}."
        return FoundInRegion(region, now, problem=what)
    except Problem as problem:
        return FoundInRegion(region, now, problem=problem.sentence)
    clusters = tuple(
        FoundCluster(one.name, region, one.version, one.status.capitalize(), bool(one.endpoint))
        for one in sorted(seen, key=lambda one: one.name)
    )
    return FoundInRegion(region, now, clusters)


def _permission(denied: AccessDenied) -> str:
    """The refused call as IAM writes it: `eks:ListClusters` for eks.list_clusters."""
    service, _, call = str(denied.details["call"]).partition(".")
    return f"{service}:{call.title().replace('_', '')}"
