"""Connecting a cluster of an account: one that EKS has, or any by its kubeconfig."""

from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from apps.accounts.models import User
from apps.accounts.pages import TenantPage, TenantPart
from apps.accounts.tenancy import visible_to
from apps.fleet.models import CloudAccount, Cluster
from apps.fleet.selectors.found import found_in
from apps.fleet.selectors.rights import rights_by_kubeconfig
from apps.fleet.services.connecting import EksDetails, connect_new_cluster
from atharva.api.problems import Problem
from atharva.web.frame import Crumb

from .cluster_forms import ByKubeconfig

# The form says by a field of its own which of the two ways it goes.
EKS = "eks"


class OfAccount(TenantPart):
    """About one of the tenant's accounts; another's is not found, as if there were none."""

    account: CloudAccount

    def admit(self) -> None:
        super().admit()
        seen = visible_to(self.request.user, CloudAccount).filter(client=self.client)
        found = seen.filter(pk=self.kwargs["account_id"]).first()
        if found is None:
            raise Http404
        self.account = found


class FoundClusters(OfAccount):
    """The part of the page that AWS has to be asked for."""

    template_name = "fleet/connections/parts/cluster_found.html"

    def context(self) -> dict[str, object]:
        return {"client": self.client, "account": self.account, "found": found_in(self.account)}


@method_decorator(sensitive_post_parameters("kubeconfig"), name="dispatch")
class ConnectCluster(OfAccount, TenantPage):
    template_name = "fleet/connections/cluster_connect.html"

    def admit(self) -> None:
        super().admit()
        self.refused = ""
        by_form = self.request.method == "POST" and EKS not in self.request.POST
        given = (self.request.POST, self.request.FILES) if by_form else ()
        self.form = ByKubeconfig(self.account, *given)

    def context(self) -> dict[str, object]:
        return {
            "page_title": "Connect a cluster",
            "crumbs": [
                Crumb("Connections", reverse("fleet:connections", args=[self.client.pk])),
                Crumb("Connect a cluster"),
            ],
            "client": self.client,
            "account": self.account,
            "form": self.form,
            "refused": self.refused,
            # Without scripts nothing fetches the part: then a link asks for it within the page.
            "found": found_in(self.account) if "look" in self.request.GET or self.refused else None,
            "rights": rights_by_kubeconfig(),
        }

    def post(self, request: HttpRequest, client_id: UUID, account_id: UUID) -> HttpResponse:
        cluster = self._of_eks() if EKS in request.POST else self._by_kubeconfig()
        if cluster is not None:
            return redirect("fleet:cluster", client_id, cluster.pk)
        answer = self.get(request)
        answer.status_code = 422
        return answer

    def _of_eks(self) -> Cluster | None:
        """The cluster that was chosen, now connected; None with the reason in `refused`."""
        chosen = EksDetails(self.request.POST[EKS], self.request.POST.get("region", ""))
        try:
            return connect_new_cluster(self.account, chosen, by=cast(User, self.request.user))
        except Problem as problem:
            self.refused = problem.sentence
            return None

    def _by_kubeconfig(self) -> Cluster | None:
        """The cluster of the form, now connected; None with the reason beside its field."""
        if not self.form.is_valid():
            return None
        try:
            return connect_new_cluster(self.account, self.form.details, by=cast(User, self.request.user))
        except Problem as problem:
            self.form.refuse(problem)
            return None
