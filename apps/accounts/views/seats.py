"""A change to one open invitation, after which one is back on the page that lists it."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from atharva.api.problems import Conflict, TooManyRequests
from atharva.web.views import Guarded

from ..models import Invitation, User
from ..pages import AdminPart, TenantPart
from ..selectors.team import invitations_of
from ..services import invitations
from ..services.limits import limit


class Seat(Guarded):
    """Base: one of the open invitations that a page lists."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, invitation_id: UUID, **kwargs: object) -> HttpResponse:
        invitation = get_object_or_404(self.listed(), pk=invitation_id)
        try:
            self.change(invitation, cast(User, request.user))
        except (Conflict, TooManyRequests) as problem:
            messages.error(request, problem.sentence)
        return redirect(self.list_url())

    def listed(self) -> QuerySet[Invitation]:
        raise NotImplementedError

    def list_url(self) -> str:
        """Where the invitations are listed."""
        raise NotImplementedError

    def change(self, invitation: Invitation, by: User) -> None:
        """Raises Conflict, TooManyRequests."""
        raise NotImplementedError


class Resend(Seat):
    def change(self, invitation: Invitation, by: User) -> None:
        limit(self.request, "invitation")
        invitations.resend(invitation, by=by)


class Withdraw(Seat):
    def change(self, invitation: Invitation, by: User) -> None:
        invitations.withdraw(invitation, by=by)


class OfTenant(TenantPart, Seat):
    def listed(self) -> QuerySet[Invitation]:
        return invitations_of(self.client)

    def list_url(self) -> str:
        return reverse("accounts:team", args=[self.client.pk])


class OfPlatform(AdminPart, Seat):
    def listed(self) -> QuerySet[Invitation]:
        return invitations_of(None)

    def list_url(self) -> str:
        return reverse("accounts:people")


class ResendOfTenant(OfTenant, Resend):
    pass


class WithdrawOfTenant(OfTenant, Withdraw):
    pass


class ResendOfPlatform(OfPlatform, Resend):
    pass


class WithdrawOfPlatform(OfPlatform, Withdraw):
    pass
