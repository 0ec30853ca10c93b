"""The API of the loops."""

from django.urls import path

from . import components, funnel, overview

urlpatterns = [
    path("admin/system/overview", overview.SystemOverview.as_view(), name="api-overview"),
    path(
        "admin/components/<str:component>/logs",
        components.ComponentLogs.as_view(),
        name="api-component-logs",
    ),
    path("pipeline/funnel", funnel.PipelineFunnel.as_view(), name="api-funnel"),
]
