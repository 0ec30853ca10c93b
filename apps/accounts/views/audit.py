"""The audit trail: the whole of it, and a tenant's own part."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from atharva.api.pagination import Counted
from atharva.web.lists import ListPage, pager

from ..audit_words import WORDS, Difference, differences, words_of
from ..models import AuditEvent, User
from ..pages import AdminPage, TenantPage
from ..selectors.audit import trail_of

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """An event as the page shows it."""

    event: AuditEvent
    words: str
    differences: list[Difference]


class Search(forms.Form):
    """What the list's address says. What it cannot say is passed over."""

    who = forms.CharField(required=False, max_length=150)
    what = forms.ChoiceField(
        required=False, choices=[("", "Everything"), *sorted(WORDS.items(), key=lambda kind: kind[1])]
    )
    target = forms.CharField(required=False, max_length=200)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def asked(self) -> dict[str, Any]:
        """The filters that hold."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class TrailPage(ListPage):
    """Base: what every page of the trail shows, of a reader's part of it."""

    template_name = "accounts/audit.html"
    rows_template = "accounts/parts/audit_list.html"
    title: str
    answer: str

    @property
    def tenant_id(self) -> UUID | None:
        """The one tenant whose part it is; None for the whole."""
        raise NotImplementedError

    def context(self) -> dict[str, object]:
        query, search = self.request.GET, Search(self.request.GET)
        asked = search.asked() | ({"client": self.tenant_id} if self.tenant_id else {})
        cut = Counted(self.trail(asked), PAGE_SIZE).get_page(query.get("page"))
        return {
            "page_title": self.title,
            "answer": self.answer,
            "search": search,
            "rows": [_row(event) for event in cut],
            "pager": pager(query, cut),
            "shows_tenant": self.tenant_id is None,
            "csv_url": f"{reverse('api-audit-csv')}?{urlencode(asked)}",
        }

    def trail(self, asked: dict[str, Any]) -> QuerySet[AuditEvent]:
        return trail_of(cast(User, self.request.user), **asked)


class Audit(TrailPage, AdminPage):
    title = "Platform audit"
    answer = "Who changed what on the platform. Nothing in here is ever changed or deleted."

    @property
    def tenant_id(self) -> None:
        return None


class ClientAudit(TrailPage, TenantPage):
    title = "Audit"
    answer = "Who changed what for this tenant. Nothing in here is ever changed or deleted."

    @property
    def tenant_id(self) -> UUID:
        return self.client.pk


def _row(event: AuditEvent) -> Row:
    return Row(event, words_of(event.what), differences(event.before, event.after))
