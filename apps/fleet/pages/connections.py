"""Connections: a tenant's AWS accounts and clusters, and connecting another account."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.pages import TenantPage
from apps.fleet.models import CloudAccount, ConnectionTest
from apps.fleet.selectors.connections import AccountRow, connections_of
from apps.fleet.services.connecting import start_account
from atharva.api.problems import Problem
from atharva.web.frame import Crumb
from atharva.web.tones import Tone

from .account_forms import NewAccount
from .words import counted


@dataclass(frozen=True, slots=True)
class AccountState:
    """How an account is, in a word; `sentence` says why where it is not well, or what is next."""

    tone: Tone
    icon: str
    label: str
    sentence: str


class Connections(TenantPage):
    template_name = "fleet/connections/index.html"

    def context(self) -> dict[str, object]:
        rows = connections_of(self.client)
        return {
            "page_title": "Connections",
            "client": self.client,
            "rows": [(row, state_of(row.account, row.test)) for row in rows],
            "sentence": sentence(rows),
        }


class ConnectAccount(TenantPage):
    template_name = "fleet/connections/account_new.html"

    def admit(self) -> None:
        super().admit()
        self.form = NewAccount(self.request.POST or None)

    def context(self) -> dict[str, object]:
        return {
            "page_title": "Connect an AWS account",
            "crumbs": [crumb_of(self.client.pk), Crumb("Connect an AWS account")],
            "client": self.client,
            "form": self.form,
        }

    def post(self, request: HttpRequest, client_id: UUID) -> HttpResponse:
        account = self._started() if self.form.is_valid() else None
        if account is not None:
            return redirect("fleet:account", client_id, account.pk)
        answer = self.get(request)
        answer.status_code = 422
        return answer

    def _started(self) -> CloudAccount | None:
        try:
            return start_account(self.client, **self.form.cleaned_data, by=cast(User, self.request.user))
        except Problem as problem:
            self.form.refuse(problem)
            return None


def crumb_of(client_id: UUID) -> Crumb:
    return Crumb("Connections", reverse("fleet:connections", args=[client_id]))


def state_of(account: CloudAccount, test: ConnectionTest | None) -> AccountState:
    """What is first to know of an account."""
    if account.connected_at is not None:
        if account.problem:
            return AccountState(Tone.CRITICAL, "octagon-alert", "In trouble", account.problem)
        if account.queue_problem:
            return AccountState(Tone.RISK, "triangle-alert", "Queue in trouble", account.queue_problem)
        return AccountState(Tone.OK, "circle-check", "Connected", "")
    if not account.role_arn:
        return AccountState(Tone.MUTED, "circle-dashed", "Draft", "Next: create its role from the template.")
    if test is None:
        return AccountState(Tone.MUTED, "circle-dashed", "Draft", "Next: test its connection.")
    if test.finished_at is None:
        return AccountState(Tone.INFO, "loader", "Testing", "Its connection is being tested.")
    if test.problem:
        return AccountState(Tone.CRITICAL, "octagon-alert", "Not reachable", test.problem)
    if test.missing:
        lacking = f"{counted(len(test.missing), 'permission')} missing."
        return AccountState(Tone.RISK, "triangle-alert", "Draft", lacking)
    return AccountState(Tone.INFO, "circle-check", "Ready", "Its test passed. Next: connect it.")


def sentence(rows: list[AccountRow]) -> str:
    """The tenant's connections in one sentence."""
    if not rows:
        return "Nothing is connected yet."
    clusters = sum(len(row.clusters) for row in rows)
    ill = sum(bool(row.account.problem) for row in rows)
    ill += sum(bool(cluster.problem) for row in rows for cluster in row.clusters)
    trouble = f"{ill} of them in trouble" if ill else "none of them in trouble"
    return f"{counted(len(rows), 'account')} and {counted(clusters, 'cluster')}, {trouble}."
