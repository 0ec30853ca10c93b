"""The port to a cloud and its adapter."""

from apps.fleet.models import CloudAccount, Cluster

from .aws import cloud_for
from .port import Cloud

__all__ = ["Cloud", "cloud_in", "cloud_of"]


def cloud_of(cluster: Cluster) -> Cloud:
    """The cloud that a cluster's nodes run in: its account, its region."""
    return cloud_in(cluster.account, cluster.region)


def cloud_in(account: CloudAccount, region: str) -> Cloud:
    """An account in one of its regions."""
    return cloud_for(
        account_id=account.aws_account_id,
        role_arn=account.role_arn,
        external_id=account.external_id,
        region=region,
    )
