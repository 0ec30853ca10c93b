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
from .onboarding import change_account, connect, disconnect, remove_draft, start_account, why_not_yet

__all__ = [
    "AccountDetails",
    "ClusterDetails",
    "EksDetails",
    "FoundCluster",
    "FoundInRegion",
    "account_named",
    "change_account",
    "connect",
    "connect_account",
    "connect_cluster",
    "connect_new_cluster",
    "disconnect",
    "found_clusters",
    "remove_draft",
    "replace_kubeconfig",
    "start_account",
    "store_cluster",
    "why_not_yet",
]
