"""The API of the loops."""

from django.urls import path

from . import components, decisions, funnel, overview, rightsizing

urlpatterns = [
    path("admin/system/overview", overview.SystemOverview.as_view(), name="api-overview"),
    path(
        "admin/components/<str:component>/logs",
        components.ComponentLogs.as_view(),
        name="api-component-logs",
    ),
    path("client/clusters/<uuid:cluster_id>/decisions", decisions.Decisions.as_view(), name="api-decisions"),
    path("pipeline/funnel", funnel.PipelineFunnel.as_view(), name="api-funnel"),
    path(
        "client/clusters/<uuid:cluster_id>/rightsizing",
        rightsizing.Rightsizing.as_view(),
        name="api-rightsizing",
    ),
]
