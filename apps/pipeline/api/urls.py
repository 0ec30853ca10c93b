"""The API of the loops."""

from django.urls import path

from . import components, consolidation, decisions, funnel, overview, plans, rightsizing

urlpatterns = [
    path("admin/system/overview", overview.SystemOverview.as_view(), name="api-overview"),
    path(
        "admin/components/<str:component>/logs",
        components.ComponentLogs.as_view(),
        name="api-component-logs",
    ),
    path(
        "client/clusters/<uuid:cluster_id>/consolidation",
        consolidation.LatestConsolidation.as_view(),
        name="api-consolidation",
    ),
    path("client/clusters/<uuid:cluster_id>/decisions", decisions.Decisions.as_view(), name="api-decisions"),
    path("client/clusters/<uuid:cluster_id>/plans", plans.Plans.as_view(), name="api-plans"),
    path("client/clusters/<uuid:cluster_id>/dry-run", plans.DryRun.as_view(), name="api-dry-run"),
    path("client/clusters/<uuid:cluster_id>/what-if", plans.WhatIf.as_view(), name="api-what-if"),
    path("client/plans/<uuid:plan_id>", plans.OnePlan.as_view(), name="api-plan"),
    path("pipeline/funnel", funnel.PipelineFunnel.as_view(), name="api-funnel"),
    path(
        "client/clusters/<uuid:cluster_id>/rightsizing",
        rightsizing.Rightsizing.as_view(),
        name="api-rightsizing",
    ),
]
