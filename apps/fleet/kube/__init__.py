"""The port to a cluster and its adapter."""

from apps.fleet.models import Cluster

from ..statuses import AccessKind
from .api import kube_for
from .eks import kube_of_eks
from .identity import access_identity
from .port import Kube

__all__ = ["Kube", "access_identity", "kube_of"]


def kube_of(cluster: Cluster) -> Kube:
    """A cluster's API, with the access that it was connected with. Raises KubeconfigInvalid."""
    if cluster.access == AccessKind.EKS:
        return kube_of_eks(cluster)
    return kube_for(name=cluster.name, kubeconfig=cluster.kubeconfig)
