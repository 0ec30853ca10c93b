from django.urls import path

from . import views

urlpatterns = [
    path("client/<uuid:client_id>/clusters", views.Clusters.as_view(), name="api-clusters"),
    path(
        "client/clusters/<uuid:cluster_id>/policy", views.ClusterPolicy.as_view(), name="api-cluster-policy"
    ),
    path("client/clusters/<uuid:cluster_id>/switches", views.Switches.as_view(), name="api-switches"),
    path("notifications", views.Notifications.as_view(), name="api-notifications"),
]
