from django.urls import path

from . import clusters, overview, topology, views

urlpatterns = [
    path("admin/system/overview", overview.SystemOverview.as_view(), name="api-overview"),
    path("client/<uuid:client_id>/topology", topology.ClientTopology.as_view(), name="api-topology"),
    path("client/<uuid:client_id>/clusters", clusters.ConnectableClusters.as_view(), name="api-clusters"),
    path(
        "client/accounts/<uuid:account_id>/eks-clusters",
        clusters.EksClusters.as_view(),
        name="api-eks-clusters",
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
    path("client/clusters/<uuid:cluster_id>/switches", views.Switches.as_view(), name="api-switches"),
    path("notifications", views.Notifications.as_view(), name="api-notifications"),
]
