"""What a tenant applies in a cluster, and runs, to let the platform in."""

from dataclasses import dataclass

from ..kube.rbac import EKS_GROUP, SERVICE_ACCOUNT, Subject, eks_commands, kubeconfig_commands, manifest
from ..models import CloudAccount, Cluster
from ..statuses import AccessKind, Mode


@dataclass(frozen=True, slots=True)
class Rights:
    """Texts to copy. The first manifest is enough to observe, the second for every mode."""

    read_only_manifest: str
    full_manifest: str
    commands: str


def rights_of(cluster: Cluster) -> Rights:
    """The rights for a cluster as it is reached."""
    if cluster.access == AccessKind.EKS:
        return rights_in_eks(cluster.account, name=cluster.name, region=cluster.region)
    return rights_by_kubeconfig()


def rights_by_kubeconfig() -> Rights:
    """For a service account, whose token goes into a kubeconfig."""
    return _rights(SERVICE_ACCOUNT, kubeconfig_commands())


def rights_in_eks(account: CloudAccount, *, name: str, region: str) -> Rights:
    """For the account's role, by an access entry of the EKS cluster."""
    return _rights(EKS_GROUP, eks_commands(cluster=name, region=region, role_arn=account.role_arn))


def _rights(subject: Subject, commands: str) -> Rights:
    return Rights(manifest(subject, Mode.OBSERVE), manifest(subject, Mode.ACTIVE), commands)
