"""The fleet's pages, and the parts of them that are fetched again."""

from django.urls import path

from .pages import account, batches, cluster, connect_cluster, connections, operations, status, topology

app_name = "fleet"
urlpatterns = [
    path("operations", operations.LiveOperations.as_view(), name="operations"),
    path("operations/cards", operations.LiveCards.as_view(), name="live_cards"),
    path("operations/events", operations.LiveEvents.as_view(), name="live_events"),
    path("operations/tenants", operations.LiveTenants.as_view(), name="live_tenants"),
    path("operations/status", status.PlatformStatus.as_view(), name="platform_status"),
    path("clients/<uuid:client_id>/topology", topology.Topology.as_view(), name="topology"),
    path("clients/<uuid:client_id>/topology/body", topology.TopologyBody.as_view(), name="topology_body"),
    path("clients/<uuid:client_id>/status", status.TenantStatus.as_view(), name="tenant_status"),
    path("clients/<uuid:client_id>/connections", connections.Connections.as_view(), name="connections"),
    path(
        "clients/<uuid:client_id>/connections/accounts/new",
        connections.ConnectAccount.as_view(),
        name="connect_account",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>",
        account.AccountPage.as_view(),
        name="account",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/test",
        account.AccountTest.as_view(),
        name="account_test",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/test/again",
        account.TryAgain.as_view(),
        name="account_try_again",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/role",
        account.TryRole.as_view(),
        name="account_role",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/place",
        account.ChangePlace.as_view(),
        name="account_place",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/connect",
        account.Connect.as_view(),
        name="account_connect",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/disconnect",
        account.Disconnect.as_view(),
        name="account_disconnect",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/remove",
        account.RemoveDraft.as_view(),
        name="account_remove",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/clusters/new",
        connect_cluster.ConnectCluster.as_view(),
        name="connect_cluster",
    ),
    path(
        "clients/<uuid:client_id>/connections/accounts/<uuid:account_id>/found",
        connect_cluster.FoundClusters.as_view(),
        name="found_clusters",
    ),
    path(
        "clients/<uuid:client_id>/connections/clusters/<uuid:cluster_id>",
        cluster.ClusterPage.as_view(),
        name="cluster",
    ),
    path(
        "clients/<uuid:client_id>/connections/clusters/<uuid:cluster_id>/body",
        cluster.ClusterBody.as_view(),
        name="cluster_body",
    ),
    path(
        "clients/<uuid:client_id>/connections/clusters/<uuid:cluster_id>/test",
        cluster.TryCluster.as_view(),
        name="cluster_test",
    ),
    path(
        "clients/<uuid:client_id>/connections/clusters/<uuid:cluster_id>/mode",
        cluster.ChangeMode.as_view(),
        name="cluster_mode",
    ),
    path(
        "clients/<uuid:client_id>/connections/clusters/<uuid:cluster_id>/kubeconfig",
        cluster.ReplaceKubeconfig.as_view(),
        name="cluster_kubeconfig",
    ),
    path(
        "clients/<uuid:client_id>/connections/clusters/<uuid:cluster_id>/give-back",
        cluster.GiveBack.as_view(),
        name="give_back",
    ),
    path("clients/<uuid:client_id>/operations", batches.Operations.as_view(), name="operations_of"),
    path(
        "clients/<uuid:client_id>/operations/list", batches.OperationsPart.as_view(), name="operations_list"
    ),
    path(
        "clients/<uuid:client_id>/operations/<uuid:operation_id>",
        batches.OperationPage.as_view(),
        name="operation",
    ),
    path(
        "clients/<uuid:client_id>/operations/<uuid:operation_id>/body",
        batches.OperationPart.as_view(),
        name="operation_body",
    ),
    path(
        "clients/<uuid:client_id>/operations/<uuid:operation_id>/cancel",
        batches.Cancel.as_view(),
        name="cancel_operation",
    ),
    path(
        "clients/<uuid:client_id>/operations/<uuid:operation_id>/retry",
        batches.Retry.as_view(),
        name="retry_operation",
    ),
]
