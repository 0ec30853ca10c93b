"""A tenant's people, and the seats that are kept for more."""

from typing import cast
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from atharva.api.problems import Conflict, TooManyRequests
from atharva.web.lists import pager

from ..models import Role, User
from ..pages import TenantPage
from ..seats import state_of
from ..selectors.team import invitations_of, people_of
from ..services import invitations
from ..services.limits import limit

PEOPLE_A_PAGE = 50


class Invitee(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        max_length=150,  # it becomes the username
        error_messages={"required": "Enter the address to invite.", "invalid": "Enter a whole address."},
    )


class Team(TenantPage):
    template_name = "accounts/team.html"

    def admit(self) -> None:
        super().admit()
        self.form = Invitee(self.request.POST or None)

    def context(self) -> dict[str, object]:
        query, now = self.request.GET, timezone.now()
        cut = Paginator(people_of(self.client), PEOPLE_A_PAGE).get_page(query.get("page"))
        return {
            "page_title": "Team",
            "answer": f"Who watches and steers the fleet of {self.client}.",
            "client": self.client,
            "people": cut,
            "pager": pager(query, cut),
            "invitations": [(row, state_of(row, now)) for row in invitations_of(self.client)],
            "form": self.form,
        }

    def post(self, request: HttpRequest, client_id: UUID) -> HttpResponse:
        """Invite somebody as one of the tenant's people."""
        if self.form.is_valid() and self._invited():
            return redirect("accounts:team", client_id)
        answer = self.get(request)
        answer.status_code = 422
        return answer

    def _invited(self) -> bool:
        """Whether the form's address is invited now; where not, the form says why."""
        try:
            limit(self.request, "invitation")
            invitations.invite(
                self.form.cleaned_data["email"],
                role=Role.CLIENT,
                client=self.client,
                by=cast(User, self.request.user),
            )
        except (Conflict, TooManyRequests) as problem:
            self.form.add_error("email", problem.sentence)
            return False
        return True
