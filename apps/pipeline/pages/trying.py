"""Trying without doing: a dry run, and what would be if a node went."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts.pages import TenantPage
from apps.accounts.tenancy import visible_to
from atharva.api.problems import Problem
from atharva.web.dialogs import Dialog

from ..models import PlacementRequest
from ..placement.dry_run import ask_for_dry_run
from ..placement.what_if import answer_to, ask_what_if
from ..statuses import PlanPurpose
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
    """Where a node's pods would go, what keeps some, and the bill; a solver answers, and nothing is done."""

    here = "decisions"
    dialog_template = "pipeline/parts/what_if.html"

    def content(self) -> dict[str, object]:
        node = self.request.GET.get("node", "")
        try:
            return {"node": node, "asked": ask_what_if(self.cluster, node), "answer": None, "problem": ""}
        except Problem as problem:
            return {"node": node, "asked": None, "answer": None, "problem": problem.sentence}


class WhatIfAnswer(ClusterPart):
    """The answer once it is there; until then, that it is being found."""

    here = "decisions"
    template_name = "pipeline/parts/what_if_answer.html"

    def content(self) -> dict[str, object]:
        mine = visible_to(self.request.user, PlacementRequest).filter(
            cluster=self.cluster, purpose=PlanPurpose.WHAT_IF
        )
        asked = mine.select_related("cluster").filter(pk=self.kwargs["request_id"]).first()
        if asked is None:
            raise Http404
        try:
            return {"asked": asked, "answer": answer_to(asked), "problem": ""}
        except Problem as problem:
            return {"asked": asked, "answer": None, "problem": problem.sentence}
