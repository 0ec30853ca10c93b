"""One AWS account: from the draft to its role, its test and its connection; afterwards how it is."""

import json
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts.models import User
from apps.accounts.pages import TenantPage
from apps.fleet.cloud.aws.permissions import PERMISSIONS
from apps.fleet.errors import PlatformPrincipalUnknown
from apps.fleet.models import Cluster, ConnectionTest
from apps.fleet.selectors.connections import newest_test
from apps.fleet.selectors.lists import with_counts
from apps.fleet.services.access_policy import Documents, documents_of, missing_statements
from apps.fleet.services.connecting import change_account, connect, disconnect, remove_draft
from apps.fleet.services.connection_tests import start_test
from atharva.api.problems import Problem
from atharva.web.frame import Crumb

from .account_forms import AccountPlace, AccountRole
from .connect_cluster import OfAccount
from .connections import crumb_of, state_of


class OfOneAccount(OfAccount):
    @property
    def person(self) -> User:
        """Who looks; Guarded has let nobody else in."""
        return cast(User, self.request.user)

    def back(self) -> HttpResponse:
        return redirect("fleet:account", self.client.pk, self.account.pk)

    def tried(self) -> dict[str, object]:
        """What fleet/connections/parts/account_test.html shows."""
        test = newest_test(self.account)
        return {
            "client": self.client,
            "account": self.account,
            "test": test,
            "missing_policy": missing_policy(test),
            "untried": [permission.action for permission in PERMISSIONS if permission.trial is None],
            "can_connect": test is not None and test.passed and self.account.connected_at is None,
        }


class AccountPage(OfOneAccount, TenantPage):
    template_name = "fleet/connections/account.html"

    def admit(self) -> None:
        super().admit()
        self.role, self.place_form = AccountRole.of(self.account), AccountPlace.of(self.account)

    def context(self) -> dict[str, object]:
        tried = self.tried()
        clusters = Cluster.objects.filter(account=self.account, left_at=None)
        documents, unknown = self._documents()
        return {
            **tried,
            "page_title": self.account.name,
            "crumbs": [crumb_of(self.client.pk), Crumb(self.account.name)],
            "state": state_of(self.account, cast("ConnectionTest | None", tried["test"])),
            "documents": documents,
            "documents_unknown": unknown,
            "role": self.role,
            "place": self.place_form,
            "clusters": with_counts(clusters).defer("kubeconfig"),
        }

    def _documents(self) -> tuple[Documents | None, str]:
        try:
            return documents_of(self.account), ""
        except PlatformPrincipalUnknown as problem:
            return None, problem.sentence


class AccountTest(OfOneAccount):
    """What is known of the test. Who followed it to its end is shown the whole page anew."""

    template_name = "fleet/connections/parts/account_test.html"

    def context(self) -> dict[str, object]:
        return self.tried()

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        answer = super().get(request, **kwargs)
        test = newest_test(self.account)
        if test is None or test.finished_at is not None:
            answer["HX-Refresh"] = "true"
        return answer


class ChangeAccount(AccountPage):
    """Base: a form of the page. Where it is refused the page is shown again, with the reason."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, client_id: UUID, account_id: UUID) -> HttpResponse:
        form = self.filled()
        if form.is_valid():
            try:
                self.act(form.cleaned_data)
                return self.back()
            except Problem as problem:
                form.refuse(problem)
        answer = self.get(request)
        answer.status_code = 422
        return answer

    def filled(self) -> AccountRole | AccountPlace:
        """The form with what was sent, in its place on the page."""
        raise NotImplementedError

    def act(self, said: Mapping[str, Any]) -> None:
        """Do it. Raises Problem."""
        raise NotImplementedError


class TryRole(ChangeAccount):
    """Keep the role and the queue, and test them."""

    def filled(self) -> AccountRole:
        self.role = AccountRole(self.request.POST)
        return self.role

    def act(self, said: Mapping[str, Any]) -> None:
        start_test(change_account(self.account, said, by=self.person), by=self.person)


class ChangePlace(ChangeAccount):
    """Change its name and its regions."""

    def filled(self) -> AccountPlace:
        self.place_form = AccountPlace(self.request.POST)
        return self.place_form

    def act(self, said: Mapping[str, Any]) -> None:
        change_account(self.account, said, by=self.person)
        messages.success(self.request, "The account is changed.")


class AccountAct(OfOneAccount):
    """A step that needs no form; one is back on the page with what came of it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, client_id: UUID, account_id: UUID) -> HttpResponse:
        try:
            messages.success(request, self.act())
        except Problem as problem:
            messages.error(request, problem.sentence)
            return self.back()
        return self.onward()

    def act(self) -> str:
        """Do it; what was done, in a sentence. Raises Problem."""
        raise NotImplementedError

    def onward(self) -> HttpResponse:
        return self.back()


class TryAgain(AccountAct):
    def act(self) -> str:
        start_test(self.account, by=self.person)
        return "The connection is being tested."


class Connect(AccountAct):
    def act(self) -> str:
        connect(self.account, by=self.person)
        return (
            f"{self.account.name} is connected. What runs in it is being discovered; connect a cluster next."
        )


class Disconnect(AccountAct):
    def act(self) -> str:
        disconnect(self.account, by=self.person)
        return f"{self.account.name} is disconnected: nothing of it is read any more."


class RemoveDraft(AccountAct):
    def act(self) -> str:
        remove_draft(self.account, by=self.person)
        return f"{self.account.name} is removed."

    def onward(self) -> HttpResponse:
        return redirect("fleet:connections", self.client.pk)


def missing_policy(test: ConnectionTest | None) -> str:
    """The statements that would allow what the test was refused, as JSON; empty where there are none."""
    statements = missing_statements(set(test.missing)) if test and test.finished_at else []
    if not statements:
        return ""
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)
