"""The loops' pages, and the parts of them that are fetched again."""

from django.urls import path

from .pages import consolidation, decisions, live, monitor, plans, policy, rightsizing, trying

CLUSTER = "clients/<uuid:client_id>/clusters/<uuid:cluster_id>"

app_name = "pipeline"
urlpatterns = [
    path("operations/funnel", live.FunnelPart.as_view(), name="live_funnel"),
    path("operations/loops", live.LoopsPart.as_view(), name="live_loops"),
    path(f"{CLUSTER}/decisions", decisions.DecisionsPage.as_view(), name="decisions_of"),
    path(f"{CLUSTER}/decisions/body", decisions.DecisionsPart.as_view(), name="decisions_body"),
    path(f"{CLUSTER}/plans", plans.PlansPage.as_view(), name="plans_of"),
    path(f"{CLUSTER}/plans/body", plans.PlansPart.as_view(), name="plans_body"),
    path(f"{CLUSTER}/plans/<uuid:plan_id>", plans.PlanPage.as_view(), name="plan"),
    path(f"{CLUSTER}/plans/<uuid:plan_id>/body", plans.PlanPart.as_view(), name="plan_body"),
    path(f"{CLUSTER}/dry-run", trying.DryRun.as_view(), name="dry_run"),
    path(f"{CLUSTER}/what-if", trying.WhatIfNode.as_view(), name="what_if"),
    path(f"{CLUSTER}/what-if/<uuid:request_id>", trying.WhatIfAnswer.as_view(), name="what_if_answer"),
    path(f"{CLUSTER}/consolidation", consolidation.ConsolidationPage.as_view(), name="consolidation_of"),
    path(
        f"{CLUSTER}/consolidation/body",
        consolidation.ConsolidationPart.as_view(),
        name="consolidation_body",
    ),
    path(f"{CLUSTER}/rightsizing", rightsizing.RightsizingPage.as_view(), name="rightsizing_of"),
    path(f"{CLUSTER}/rightsizing/body", rightsizing.RightsizingPart.as_view(), name="rightsizing_body"),
    path(f"{CLUSTER}/policy", policy.PolicyPage.as_view(), name="policy_of"),
    path(f"{CLUSTER}/policy/preview", policy.PolicyPreview.as_view(), name="policy_preview"),
    path("system", monitor.SystemMonitor.as_view(), name="system_monitor"),
]
