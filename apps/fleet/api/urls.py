from django.urls import path

from . import clusters, connections, launches, operations, own_rules, topology, views

urlpatterns = [
    path("client/<uuid:client_id>/topology", topology.ClientTopology.as_view(), name="api-topology"),
    path("client/<uuid:client_id>/clusters", clusters.ConnectableClusters.as_view(), name="api-clusters"),
    path(
        "client/accounts/<uuid:account_id>/eks-clusters",
        clusters.EksClusters.as_view(),
        name="api-eks-clusters",
    ),
    path("client/<uuid:client_id>/accounts", connections.Accounts.as_view(), name="api-accounts"),
    path("client/accounts/<uuid:account_id>", connections.Account.as_view(), name="api-account"),
    path(
        "client/accounts/<uuid:account_id>/policy",
        connections.AccountPolicy.as_view(),
        name="api-account-policy",
    ),
    path(
        "client/accounts/<uuid:account_id>/test", connections.AccountTest.as_view(), name="api-account-test"
    ),
    path(
        "client/accounts/<uuid:account_id>/connect",
        connections.ConnectAccount.as_view(),
        name="api-account-connect",
    ),
    path("client/clusters/<uuid:cluster_id>/test", clusters.ClusterTest.as_view(), name="api-cluster-test"),
    path(
        "client/clusters/<uuid:cluster_id>/give-back",
        clusters.GiveClusterBack.as_view(),
        name="api-cluster-give-back",
    ),
    path("client/clusters/<uuid:cluster_id>/rbac", clusters.ClusterRights.as_view(), name="api-cluster-rbac"),
    path(
        "client/clusters/<uuid:cluster_id>/estimate",
        clusters.ClusterEstimate.as_view(),
        name="api-cluster-estimate",
    ),
    path(
        "client/clusters/<uuid:cluster_id>/policy", views.ClusterPolicy.as_view(), name="api-cluster-policy"
    ),
    path(
        "client/<uuid:client_id>/price-overlays", own_rules.PriceOverlays.as_view(), name="api-price-overlays"
    ),
    path(
        "client/price-overlays/<int:overlay_id>",
        own_rules.OnePriceOverlay.as_view(),
        name="api-price-overlay",
    ),
    path("client/clusters/<uuid:cluster_id>/budgets", own_rules.Budgets.as_view(), name="api-budgets"),
    path("client/budgets/<int:budget_id>", own_rules.OneBudget.as_view(), name="api-budget"),
    path("client/clusters/<uuid:cluster_id>/switches", views.Switches.as_view(), name="api-switches"),
    path("client/clusters/<uuid:cluster_id>/launches", launches.Launches.as_view(), name="api-launches"),
    path("operations", operations.Operations.as_view(), name="api-operations"),
    path("operations/<uuid:operation_id>", operations.OneOperation.as_view(), name="api-operation"),
    path(
        "operations/<uuid:operation_id>/items",
        operations.OperationItems.as_view(),
        name="api-operation-items",
    ),
    path(
        "operations/<uuid:operation_id>/cancel",
        operations.CancelOperation.as_view(),
        name="api-operation-cancel",
    ),
    path(
        "operations/<uuid:operation_id>/retry",
        operations.RetryOperation.as_view(),
        name="api-operation-retry",
    ),
    path("notifications", views.Notifications.as_view(), name="api-notifications"),
]
