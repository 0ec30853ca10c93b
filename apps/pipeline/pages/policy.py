"""A cluster's policy, and what a change to it would have done to yesterday's decisions."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.fleet.models import Policy
from apps.fleet.services.policies import change_policy
from atharva.api.problems import Problem

from ..decision.preview import preview
from .of_cluster import ClusterPart, ClusterTab
from .policy_form import PolicyForm
from .words import words


class PolicyPart(ClusterPart):
    here = "policy"
    template_name = "pipeline/parts/policy_preview.html"

    def form(self, *given: object) -> PolicyForm:
        """The form on the stored policy, or on its defaults where none is stored yet."""
        stored = Policy.objects.filter(cluster=self.cluster).first() or Policy(cluster=self.cluster)
        return PolicyForm(*given, instance=stored)


class PolicyPage(PolicyPart, ClusterTab):
    template_name = "pipeline/policy.html"

    def admit(self) -> None:
        super().admit()
        self.filled = self.form(*([self.request.POST] if self.request.method == "POST" else []))

    def content(self) -> dict[str, object]:
        return {"form": self.filled, "groups": list(self.filled.groups())}

    def post(self, request: HttpRequest, client_id: UUID, cluster_id: UUID) -> HttpResponse:
        if self.filled.is_valid() and self._changed():
            messages.success(request, f"The policy of {self.cluster} is changed and holds from now on.")
            return redirect("pipeline:policy_of", client_id, cluster_id)
        answer = self.get(request)
        answer.status_code = 422
        return answer

    def _changed(self) -> bool:
        try:
            change_policy(self.cluster, self.filled.changes, by=self.person)
        except Problem as problem:
            self.filled.add_error(None, problem.sentence)
            return False
        return True


class PolicyPreview(PolicyPart):
    """What yesterday would have looked like, as the form is filled in now. Nothing is stored."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, client_id: UUID, cluster_id: UUID) -> HttpResponse:
        form = self.form(request.POST)
        shown = form.is_valid() and hasattr(self.cluster, "policy")
        found = preview(self.cluster, form.changes) if shown and form.changes else None
        context = {
            "form": form,
            "changed": [form.fields[name].label for name in form.changed_data],
            "preview": found,
            "stays": [(words(reason), nodes) for reason, nodes in found.stays_after.items()] if found else [],
        }
        return render(request, self.template_name, context)
