"""What tells one access to a cluster from another."""

from apps.fleet.models import Cluster

from ..statuses import AccessKind


def access_identity(cluster: Cluster) -> tuple[str, ...]:
    """All that a connection to the cluster is made from: where one of them differs, it is another connection.

    It holds secrets: it is compared and hashed, never logged.
    """
    if cluster.access == AccessKind.KUBECONFIG:
        return (cluster.kubeconfig,)
    account = cluster.account
    return (
        cluster.endpoint,
        cluster.certificate_authority,
        account.aws_account_id,
        account.role_arn,
        account.external_id,
        cluster.region,
        cluster.name,
    )
