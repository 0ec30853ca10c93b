"""An EKS cluster's API, asked with tokens that AWS signs for the account's role."""

from datetime import timedelta

from apps.fleet.cloud import cloud_of
from apps.fleet.models import Cluster

from .api import kube_by_token
from .identity import access_identity
from .port import Kube
from .tokens import RenewedToken

# EKS takes a token for fifteen minutes, and the role's credentials under it have at least ten left.
TOKEN_LASTS = timedelta(minutes=10)


def kube_of_eks(cluster: Cluster) -> Kube:
    """The cluster's API; no kubeconfig is needed. Raises KubeconfigInvalid."""
    cloud = cloud_of(cluster)
    return kube_by_token(
        name=cluster.name,
        server=cluster.endpoint,
        ca_pem=cluster.certificate_authority,
        source=RenewedToken(lambda: cloud.cluster_token(cluster.name), lasts=TOKEN_LASTS),
        identity=access_identity(cluster),
    )
