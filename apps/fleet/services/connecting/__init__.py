"""Connecting a tenant's AWS accounts and clusters."""

from .accounts import AccountDetails, account_named, connect_account
from .clusters import (
    ClusterDetails,
    EksDetails,
    connect_cluster,
    connect_new_cluster,
    replace_kubeconfig,
    store_cluster,
)
from .eks import FoundCluster, FoundInRegion, found_clusters

__all__ = [
    "AccountDetails",
    "ClusterDetails",
    "EksDetails",
    "FoundCluster",
    "FoundInRegion",
    "account_named",
    "connect_account",
    "connect_cluster",
    "connect_new_cluster",
    "found_clusters",
    "replace_kubeconfig",
    "store_cluster",
]
