"""Connecting a tenant's clusters."""

from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.fleet.errors import ConnectionInvalid
from apps.fleet.kube.api import kube_for
from apps.fleet.models import CloudAccount, Cluster, Policy
from apps.fleet.services.discovery import discover_soon

from .saving import save_checked


@dataclass(frozen=True, slots=True)
class ClusterDetails:
    name: str
    region: str
    kubeconfig: str


def connect_cluster(account: CloudAccount, details: ClusterDetails, *, by: User | None) -> Cluster:
    """The account's cluster of this name, reached by this kubeconfig; a new one begins in `observe`.

    Nothing is stored unless its API answers. Raises KubeconfigInvalid, ClusterUnreachable, ClusterRefused
    and ConnectionInvalid.
    """
    kube_for(name=details.name, kubeconfig=details.kubeconfig).nodes()
    return store_cluster(account, details, by=by)


@transaction.atomic
def store_cluster(account: CloudAccount, details: ClusterDetails, *, by: User | None) -> Cluster:
    """As connect_cluster, without asking its API. Raises KubeconfigInvalid, ConnectionInvalid."""
    if details.region not in account.regions:
        known = ", ".join(account.regions)
        raise ConnectionInvalid(what="Region", value=details.region, why=f"{account.name} is in {known}")
    kube_for(name=details.name, kubeconfig=details.kubeconfig)
    cluster = Cluster.objects.in_use().filter(account=account, name=details.name).first()
    cluster = cluster or Cluster(account=account, client=account.client, name=details.name)
    created = cluster._state.adding
    changed = created or (cluster.region, cluster.kubeconfig) != (details.region, details.kubeconfig)
    cluster.region, cluster.kubeconfig, cluster.problem = details.region, details.kubeconfig, ""
    save_checked(cluster, "Cluster")
    Policy.objects.get_or_create(cluster=cluster)
    if changed:
        discover_soon(account)
        what = "cluster_connected" if created else "cluster_changed"
        audit.record(what, target=cluster, by=by, client=account.client, after={"region": details.region})
    return cluster
