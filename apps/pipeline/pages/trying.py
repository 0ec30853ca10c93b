"""Trying without doing: a dry run, and what would be if a node went."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts.pages import TenantPage
from atharva.api.problems import Problem
from atharva.web.dialogs import Dialog

from ..placement.dry_run import ask_for_dry_run
from ..placement.what_if import what_if
from .of_cluster import ClusterPart


class DryRun(ClusterPart):
    """Have planned what waits now, or the whole cluster as if bought anew. Nothing is bought."""

    here = "plans"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, client_id: UUID, cluster_id: UUID) -> HttpResponse:
        try:
            ask_for_dry_run(self.cluster, whole=request.POST.get("whole") == "yes")
        except Problem as problem:
            messages.error(request, problem.sentence)
        else:
            messages.success(request, "The plan is being made and appears below; nothing is bought.")
        return redirect("pipeline:plans_of", client_id, cluster_id)


class WhatIfNode(ClusterPart, TenantPage, Dialog):
    """Where a node's pods would go, what keeps some, and the bill; nothing is done."""

    here = "decisions"
    dialog_template = "pipeline/parts/what_if.html"

    def content(self) -> dict[str, object]:
        node = self.request.GET.get("node", "")
        try:
            return {"node": node, "answer": what_if(self.cluster, node), "problem": ""}
        except Problem as problem:
            return {"node": node, "answer": None, "problem": problem.sentence}
