"""Connecting a tenant's clusters."""

import re
from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.fleet.cloud import cloud_in
from apps.fleet.errors import AccountUntested, ClusterTaken, ConnectionInvalid, EksClusterNotReady
from apps.fleet.kube import kube_of
from apps.fleet.models import CloudAccount, Cluster, Policy
from apps.fleet.services.discovery import discover_soon
from apps.fleet.statuses import AccessKind

from .saving import check_fields

NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,99}")
NAMES = "up to 100 letters, digits, dots, dashes and underscores"
# How a cluster is reached; whoever connects it again changes these.
REACHED_BY = ("region", "access", "kubeconfig", "endpoint", "certificate_authority")
LARGEST_KUBECONFIG = 64 * 1024


@dataclass(frozen=True, slots=True)
class ClusterDetails:
    """A cluster that a kubeconfig reaches."""

    name: str
    region: str
    kubeconfig: str

    def unsaved(self, account: CloudAccount) -> Cluster:
        """The cluster as it would be stored. Raises ConnectionInvalid."""
        if len(self.kubeconfig.encode()) > LARGEST_KUBECONFIG:
            limit = f"it is larger than {LARGEST_KUBECONFIG // 1024} kB"
            raise ConnectionInvalid(what="Kubeconfig", value="…", why=limit)
        return Cluster(
            account=account,
            client=account.client,
            name=self.name,
            region=self.region,
            access=AccessKind.KUBECONFIG,
            kubeconfig=self.kubeconfig,
        )


@dataclass(frozen=True, slots=True)
class EksDetails:
    """An EKS cluster of the account: AWS says where its API is."""

    name: str
    region: str

    def unsaved(self, account: CloudAccount) -> Cluster:
        """The cluster as it would be stored. Raises ConnectionInvalid, EksClusterNotReady, EksClusterMissing
        and what the cloud raises."""
        _refuse_elsewhere(account, self.region)
        found = cloud_in(account, self.region).eks_cluster(self.name)
        if not found.endpoint:
            raise EksClusterNotReady(cluster=self.name, status=found.status.lower())
        return Cluster(
            account=account,
            client=account.client,
            name=found.name,
            region=self.region,
            access=AccessKind.EKS,
            endpoint=found.endpoint,
            certificate_authority=found.certificate_authority,
        )


Details = ClusterDetails | EksDetails


def connect_new_cluster(account: CloudAccount, details: Details, *, by: User) -> Cluster:
    """As connect_cluster, for one that is not connected yet. Also raises ClusterTaken and AccountUntested."""
    if account.connected_at is None:
        raise AccountUntested(account=account.name, why="it comes before its clusters")
    if Cluster.objects.in_use().filter(account=account, name=details.name).exists():
        raise ClusterTaken(account=account.name, cluster=details.name)
    return connect_cluster(account, details, by=by)


def connect_cluster(account: CloudAccount, details: Details, *, by: User | None) -> Cluster:
    """The account's cluster of this name, reached by these details; a new one begins in `observe`.

    Nothing is stored unless its API answers. Raises KubeconfigInvalid, ClusterUnreachable, ClusterRefused
    and ConnectionInvalid; for EKS also EksClusterMissing, EksClusterNotReady and what the cloud raises.
    """
    wanted = details.unsaved(account)
    _check_fits(wanted)
    kube_of(wanted).nodes()
    return _store(wanted, by=by)


def store_cluster(account: CloudAccount, details: Details, *, by: User | None) -> Cluster:
    """As connect_cluster, without asking its API."""
    wanted = details.unsaved(account)
    _check_fits(wanted)
    kube_of(wanted)
    return _store(wanted, by=by)


def replace_kubeconfig(cluster: Cluster, kubeconfig: str, *, by: User) -> Cluster:
    """Reach a connected cluster by another kubeconfig; the old one stays unless the new one works.

    Raises as connect_cluster.
    """
    return connect_cluster(cluster.account, ClusterDetails(cluster.name, cluster.region, kubeconfig), by=by)


def _check_fits(wanted: Cluster) -> None:
    _refuse_elsewhere(wanted.account, wanted.region)
    if not NAME.fullmatch(wanted.name):
        raise ConnectionInvalid(what="Name", value=wanted.name, why="its nodes are tagged with it: " + NAMES)
    check_fields(wanted, "Cluster")


def _refuse_elsewhere(account: CloudAccount, region: str) -> None:
    if region not in account.regions:
        known = ", ".join(account.regions)
        raise ConnectionInvalid(what="Region", value=region, why=f"{account.name} is in {known}")


@transaction.atomic
def _store(wanted: Cluster, *, by: User | None) -> Cluster:
    """The connected cluster of that name with what `wanted` says of its access, or `wanted` itself."""
    # One at a time for an account: of two that connect the same cluster, the second changes it.
    account = CloudAccount.objects.select_for_update().get(pk=wanted.account_id)
    cluster = Cluster.objects.in_use().filter(account=account, name=wanted.name).first() or wanted
    created = cluster is wanted
    before = {name: getattr(cluster, name) for name in REACHED_BY}
    for name in REACHED_BY:
        setattr(cluster, name, getattr(wanted, name))
    cluster.problem = ""
    cluster.save()
    Policy.objects.get_or_create(cluster=cluster)
    if created or before != {name: getattr(cluster, name) for name in REACHED_BY}:
        discover_soon(account)
        what = "cluster_connected" if created else "cluster_changed"
        shown = {"region": cluster.region, "access": cluster.access}
        audit.record(what, target=cluster, by=by, client=account.client, after=shown)
    return cluster
