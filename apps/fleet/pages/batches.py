"""A tenant's batch work: what was asked for, how far it is, what failed and why."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts.models import Client, User
from apps.accounts.pages import TenantPage, TenantPart
from apps.accounts.tenancy import visible_to
from apps.fleet.models import Operation
from apps.fleet.selectors.operations import failures_first, shown, with_context
from apps.fleet.services.operations import cancel_operation, retry_failed
from apps.fleet.statuses import ItemState
from atharva.api.pagination import Counted
from atharva.api.problems import Problem
from atharva.web.frame import Crumb
from atharva.web.lists import pager

from .batch_view import batch_view, item_view, state_filters
from .words import counted

ON_A_PAGE = 50


class OperationsPart(TenantPart):
    template_name = "fleet/operations/parts/list.html"

    def context(self) -> dict[str, object]:
        operations = with_context(operations_of(self.request.user, self.client))
        rows = operations.order_by("-created_at", "pk")
        cut = Counted(rows, ON_A_PAGE).get_page(self.request.GET.get("page"))
        running = operations.filter(finished_at=None).count()
        return {
            "page_title": "Operations",
            "answer": f"{counted(running, 'operation')} under way." if running else "Nothing is under way.",
            "client": self.client,
            "operations": [batch_view(view) for view in shown(cut.object_list)],
            "pager": pager(self.request.GET, cut),
        }


class Operations(OperationsPart, TenantPage):
    template_name = "fleet/operations/index.html"


class OfOperation(TenantPart):
    """About one of the tenant's operations; another's is not found, as if there were none."""

    operation: Operation

    def admit(self) -> None:
        super().admit()
        mine = with_context(operations_of(self.request.user, self.client))
        found = mine.filter(pk=self.kwargs["operation_id"]).first()
        if found is None:
            raise Http404
        self.operation = found


class OperationPart(OfOperation):
    template_name = "fleet/operations/parts/operation.html"

    def context(self) -> dict[str, object]:
        (view,) = shown([self.operation])
        state = self.request.GET.get("state", "")
        state = state if state in ItemState.values else ""
        items = self.operation.items.filter(state=state) if state else self.operation.items.all()
        cut = Counted(failures_first(items), ON_A_PAGE).get_page(self.request.GET.get("page"))
        return {
            "page_title": self.operation.title,
            "crumbs": crumbs(self.client, self.operation),
            "client": self.client,
            "batch": batch_view(view),
            "items": [item_view(item) for item in cut.object_list],
            "filters": state_filters(view, state),
            "pager": pager(self.request.GET, cut),
        }


class OperationPage(OperationPart, TenantPage):
    template_name = "fleet/operations/operation.html"


class OperationAct(OfOperation):
    """A change to an operation, after which one is back on its page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, client_id: UUID, operation_id: UUID) -> HttpResponse:
        try:
            self.act(cast(User, request.user))
        except Problem as problem:
            messages.error(request, problem.sentence)
        return redirect("fleet:operation", client_id, operation_id)

    def act(self, by: User) -> None:
        """Raises Problem."""
        raise NotImplementedError


class Cancel(OperationAct):
    def act(self, by: User) -> None:
        cancel_operation(self.operation, by=by)


class Retry(OperationAct):
    def act(self, by: User) -> None:
        retry_failed(self.operation, by=by)


def operations_of(user: object, client: Client) -> QuerySet[Operation]:
    return visible_to(cast(User, user), Operation).filter(client=client)


def crumbs(client: Client, operation: Operation) -> list[Crumb]:
    return [Crumb("Operations", reverse("fleet:operations_of", args=[client.pk])), Crumb(operation.title)]
