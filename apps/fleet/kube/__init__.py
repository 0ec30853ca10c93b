"""The port to a cluster and its adapter."""

from apps.fleet.models import Cluster

from .api import kube_for
from .port import Kube

__all__ = ["Kube", "kube_of"]


def kube_of(cluster: Cluster) -> Kube:
    """A cluster's API, with the credentials it was connected with. Raises KubeconfigInvalid."""
    return kube_for(name=cluster.name, kubeconfig=cluster.kubeconfig)
