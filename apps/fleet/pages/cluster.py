"""One cluster: how far it is trusted, what it would save, how it is reached, and the way out."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from apps.accounts.models import User
from apps.accounts.pages import TenantPage, TenantPart
from apps.accounts.tenancy import visible_to
from apps.fleet.errors import NameNotTyped
from apps.fleet.models import Cluster
from apps.fleet.services.connecting import replace_kubeconfig
from apps.fleet.services.connection_tests import start_test
from apps.fleet.services.giving_back import give_back
from apps.fleet.services.policies import change_policy
from apps.fleet.statuses import Mode
from atharva.api.problems import Problem

from .cluster_forms import Kubeconfig
from .cluster_steps import asks_name
from .cluster_view import cluster_context, nodes_of


class OfCluster(TenantPart):
    """About one of the tenant's clusters; another's is not found, as if there were none."""

    cluster: Cluster

    def admit(self) -> None:
        super().admit()
        seen = visible_to(self.request.user, Cluster).filter(client=self.client)
        found = seen.select_related("account", "policy").filter(pk=self.kwargs["cluster_id"]).first()
        if found is None:
            raise Http404
        self.cluster = found

    @property
    def person(self) -> User:
        """Who looks; Guarded has let nobody else in."""
        return cast(User, self.request.user)


class ClusterPage(OfCluster, TenantPage):
    template_name = "fleet/connections/cluster.html"

    def admit(self) -> None:
        super().admit()
        given = (self.request.POST, self.request.FILES) if self.request.method == "POST" else ()
        self.form = Kubeconfig(*given)

    def context(self) -> dict[str, object]:
        return {**cluster_context(self.cluster), "form": self.form}


class ClusterBody(OfCluster):
    template_name = "fleet/connections/parts/cluster_body.html"

    def context(self) -> dict[str, object]:
        return {**cluster_context(self.cluster), "form": Kubeconfig()}


@method_decorator(sensitive_post_parameters("kubeconfig"), name="dispatch")
class ReplaceKubeconfig(ClusterPage):
    """The page again where the new one does not work: nothing is stored then."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, client_id: UUID, cluster_id: UUID) -> HttpResponse:
        if self.form.is_valid() and self._replaced():
            messages.success(request, "The new kubeconfig works and is in use; the old one is forgotten.")
            return redirect("fleet:cluster", client_id, cluster_id)
        answer = self.get(request)
        answer.status_code = 422
        return answer

    def _replaced(self) -> bool:
        try:
            replace_kubeconfig(self.cluster, self.form.text, by=self.person)
        except Problem as problem:
            self.form.add_error("kubeconfig", problem.sentence)
            return False
        return True


class ClusterAct(OfCluster):
    """A change to a cluster, after which one is back on its page with what came of it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, client_id: UUID, cluster_id: UUID) -> HttpResponse:
        try:
            messages.success(request, self.act())
        except Problem as problem:
            messages.error(request, problem.sentence)
        return redirect("fleet:cluster", client_id, cluster_id)

    def act(self) -> str:
        """Do it; what was done, in a sentence. Raises Problem."""
        raise NotImplementedError

    def require_name(self) -> None:
        """Raise NameNotTyped unless the person typed the cluster's name."""
        if self.request.POST.get("name") != self.cluster.name:
            raise NameNotTyped(cluster=self.cluster.name)


class TryCluster(ClusterAct):
    def act(self) -> str:
        start_test(self.cluster.account, cluster=self.cluster, by=self.person)
        return "The connection is being tested; what is found appears below."


class ChangeMode(ClusterAct):
    def act(self) -> str:
        mode = self._wanted()
        if asks_name(mode, nodes_of(self.cluster)):
            self.require_name()
        change_policy(self.cluster, {"mode": mode}, by=self.person)
        return f"{self.cluster} is in {mode.label.lower()} from now on."

    def _wanted(self) -> Mode:
        try:
            return Mode(self.request.POST.get("mode", ""))
        except ValueError as error:
            raise Http404 from error


class GiveBack(ClusterAct):
    """Begin to give the cluster back, and go where one sees how far it is."""

    def post(self, request: HttpRequest, client_id: UUID, cluster_id: UUID) -> HttpResponse:
        try:
            self.require_name()
            operation = give_back(self.cluster, by=self.person)
        except Problem as problem:
            messages.error(request, problem.sentence)
            return redirect("fleet:cluster", client_id, cluster_id)
        return redirect("fleet:operation", client_id, operation.pk)
