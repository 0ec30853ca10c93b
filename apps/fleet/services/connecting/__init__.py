"""Connecting a tenant's AWS accounts and clusters."""

from .accounts import AccountDetails, account_named, connect_account
from .clusters import ClusterDetails, connect_cluster, store_cluster

__all__ = [
    "AccountDetails",
    "ClusterDetails",
    "account_named",
    "connect_account",
    "connect_cluster",
    "store_cluster",
]
