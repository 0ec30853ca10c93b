"""Client Management: the list of everybody, and a dialog for each change."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables

from atharva.api.pagination import Counted
from atharva.api.problems import Missing, Problem, TooManyRequests
from atharva.web.dialogs import Dialog
from atharva.web.frame import Crumb
from atharva.web.lists import ListPage, columns, pager

from .. import consequences
from ..errors import (
    AddressTaken,
    AlreadyInvited,
    CompanyTaken,
    EmailTaken,
    LastAdmin,
    OneselfUntouchable,
    TenantGone,
    TooManyInvitations,
)
from ..models import Invitation, Role, User
from ..pages import AdminPage
from ..seats import InvitationState, state_of
from ..selectors.people import departure_of, people, person
from ..selectors.team import invitations_of
from ..services import second_factor
from ..services.invitations import invite
from ..services.limits import limit
from ..services.people import change_person, create_person, delete_person
from .people_forms import Access, NewPerson, Search, access_of

PAGE_SIZE = 50
TITLE = "Client Management"
COLUMNS = {
    "name": "Name",
    "username": "Username",
    "role": "Role",
    "client": "Tenant",
    "status": "Status",
    "last_login": "Last login",
}
# Beside which field a refusal stands; the others stand above the form.
FIELDS: dict[type[Problem], str] = {
    EmailTaken: "email",
    AddressTaken: "email",
    AlreadyInvited: "email",
    TooManyInvitations: "client",
    CompanyTaken: "company",
    TenantGone: "client",
}
REFUSALS: tuple[type[Problem], ...] = (*FIELDS, TooManyRequests)


class People(ListPage, AdminPage):
    template_name = "accounts/people.html"
    rows_template = "accounts/parts/people_list.html"

    def context(self) -> dict[str, object]:
        query = self.request.GET
        search = Search(query)
        asked = search.asked()
        cut = Counted(people(**asked), PAGE_SIZE).get_page(query.get("page"))
        return {
            "page_title": TITLE,
            "search": search,
            "ordering": asked["ordering"],
            "columns": columns(query, asked["ordering"], COLUMNS),
            "people": cut,
            "pager": pager(query, cut),
            "invitations": self.invitations,
        }

    def invitations(self) -> list[tuple[Invitation, InvitationState]]:
        """Those that no tenant's page lists. Read by the whole page, not by its rows."""
        now = timezone.now()
        return [(row, state_of(row, now)) for row in invitations_of(None)]


class PeopleDialog(Dialog, AdminPage):
    """One of the dialogs of the list."""

    title: str

    def context(self) -> dict[str, object]:
        crumbs = [Crumb(TITLE, reverse("accounts:people")), Crumb(self.title)]
        return {"page_title": self.title, "crumbs": crumbs, "list_url": reverse("accounts:people")}

    def done(self, sentence: str) -> HttpResponse:
        messages.success(self.request, sentence)
        return self.left(reverse("accounts:people"))

    @property
    def admin(self) -> User:
        return cast(User, self.request.user)  # Guarded has let nobody else in


class AddPerson(PeopleDialog):
    title = "Add client"
    dialog_template = "accounts/parts/person_new.html"

    def admit(self) -> None:
        self.form = NewPerson(self.request.POST if self.request.method == "POST" else None)

    def context(self) -> dict[str, object]:
        return super().context() | {"form": self.form}

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.form.is_valid():
            try:
                return self._invited() if self.form.invites else self._made()
            except REFUSALS as problem:
                self.form.add_error(FIELDS.get(type(problem)), problem.sentence)
        return self.shown(self.dialog_template, status=422)

    @method_decorator(sensitive_variables("password"))
    def _made(self) -> HttpResponse:
        """Make the person; this answer alone shows their password."""
        made, password = create_person(**self.form.person(), by=self.admin)
        return self.shown("accounts/parts/person_made.html", made=made, password=password)

    def _invited(self) -> HttpResponse:
        limit(self.request, "invitation")
        asked = self.form.cleaned_data
        sent = invite(asked["email"], role=Role(asked["role"]), client=asked["client"], by=self.admin)
        return self.done(f"Invited: {sent}. The letter is on its way.")


class OnePerson(PeopleDialog):
    """A dialog about one person."""

    def admit(self) -> None:
        try:
            self.person = person(self.kwargs["user_id"])
        except Missing as error:
            raise Http404 from error

    def context(self) -> dict[str, object]:
        return super().context() | {"person": self.person}


class EditPerson(OnePerson):
    """Asks twice: what shall be different, then whether to go on, saying what that entails."""

    title = "Edit client"
    dialog_template = "accounts/parts/person_edit.html"

    def admit(self) -> None:
        super().admit()
        entered = self.request.POST if self.request.method == "POST" else None
        self.form = Access(entered, initial=access_of(self.person))

    def context(self) -> dict[str, object]:
        return super().context() | {
            "form": self.form,
            "is_oneself": self.person.pk == self.admin.pk,
            "has_second_factor": second_factor.is_enrolled(self.person),
        }

    def post(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        if not self.form.is_valid():
            return self.shown(self.dialog_template, status=422)
        wanted = self.form.wanted()
        if not wanted.differs_from(self.person):
            return self.left(reverse("accounts:people"))
        if "confirmed" not in request.POST:
            facts = consequences.of_change(self.person, wanted, departure_of(self.person))
            return self.shown("accounts/parts/person_confirm.html", facts=facts, wanted=wanted)
        return self._changed(wanted)

    def _changed(self, wanted: consequences.Wanted) -> HttpResponse:
        try:
            changed = change_person(
                self.person,
                by=self.admin,
                name=wanted.name,
                role=wanted.role,
                status=wanted.status,
                client=wanted.client,
            )
        except (OneselfUntouchable, LastAdmin, TenantGone) as problem:
            self.form.add_error(FIELDS.get(type(problem)), problem.sentence)
            return self.shown(self.dialog_template, status=422)
        return self.done(f"Client updated: {changed}.")


class DeletePerson(OnePerson):
    title = "Delete client"
    dialog_template = "accounts/parts/person_delete.html"

    def context(self) -> dict[str, object]:
        facts = consequences.of_deletion(self.person, departure_of(self.person))
        return super().context() | {"facts": facts}

    def post(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        try:
            delete_person(self.person, by=self.admin)
        except (OneselfUntouchable, LastAdmin) as problem:
            return self.shown(self.dialog_template, status=422, problem=problem.sentence)
        return self.done(f"Client deleted: {self.person}.")


class TakeSecondFactorAway(OnePerson):
    """For who has lost their phone and their recovery codes; one's own goes from one's own page."""

    title = "Take the second factor away"
    dialog_template = "accounts/parts/person_second_factor.html"

    def admit(self) -> None:
        super().admit()
        if self.person.pk == self.admin.pk or not second_factor.is_enrolled(self.person):
            raise Http404

    def post(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        second_factor.take_away(self.person, by=self.admin)
        return self.done(f"The second factor of {self.person} is gone.")
