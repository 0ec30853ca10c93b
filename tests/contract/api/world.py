"""One tenant with one of everything, another beside it, and who asks."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Scope, User
from apps.accounts.services.api_tokens import create_token
from apps.accounts.services.sessions import open_family
from tests.factories import (
    AdminFactory,
    ApiTokenFactory,
    ClientFactory,
    ClientUserFactory,
    CloudAccountFactory,
    ClusterFactory,
    ConnectionTestFactory,
    EstimateFactory,
    InvitationFactory,
    LabFactory,
    NotificationFactory,
    OperationFactory,
    OperationItemFactory,
    SwitchFactory,
)

NOBODY_LISTENS = "https://127.0.0.1:1"
KUBECONFIG = f"""apiVersion: v1
kind: Config
current-context: it
clusters: [{{name: it, cluster: {{server: "{NOBODY_LISTENS}"}}}}]
users: [{{name: it, user: {{token: t}}}}]
contexts: [{{name: it, context: {{cluster: it, user: it}}}}]
"""


class Who(StrEnum):
    ANONYMOUS = "anonymous"
    CLIENT = "client"
    LAB = "lab"
    ADMIN = "admin"
    SCRIPT = "script"


class World:
    """`headers` are what a caller sends; `ids` are the tenant's rows by name, `others` the other tenant's."""

    def __init__(self) -> None:
        self.ids, client = _tenant()
        self.others, _ = _tenant()
        soon = timezone.now() + timedelta(days=30)
        _, secret = create_token(client, name="script", scopes=[Scope.FLEET_READ], expires_at=soon)
        self.headers: Mapping[Who, dict[str, str]] = {
            Who.ANONYMOUS: {},
            Who.CLIENT: _bearer(open_family(client).access),
            Who.LAB: _bearer(open_family(LabFactory()).access),
            Who.ADMIN: _bearer(open_family(AdminFactory()).access),
            Who.SCRIPT: _bearer(secret),
        }

    def point(self, case: Any) -> None:
        """Put rows that are there in the place of most ids that were drawn."""
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                for name in part:
                    part[name] = self._row(name, part[name])

    def _row(self, name: str, drawn: Any) -> Any:
        kind = name if name.endswith("_id") else f"{name}_id"
        try:
            which = UUID(drawn).int % 5
        except (ValueError, TypeError, AttributeError):
            return drawn
        rows = {0: {}, 1: self.others}.get(which, self.ids)
        return rows.get(kind, drawn)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _tenant() -> tuple[dict[str, str], User]:
    client = ClientFactory()
    person = ClientUserFactory(client=client)
    account = CloudAccountFactory(client=client)
    cluster = ClusterFactory(account=account, kubeconfig=KUBECONFIG)
    operation = OperationFactory(cluster=cluster, requested_by=person)
    OperationItemFactory(operation=operation)
    SwitchFactory(cluster=cluster)
    NotificationFactory(client=client)
    ConnectionTestFactory(account=account)
    EstimateFactory(cluster=cluster)
    rows = {
        "client": client,
        "account": account,
        "cluster": cluster,
        "operation": operation,
        "invitation": InvitationFactory(client=client, invited_by=person),
        "user": ClientUserFactory(client=client),
        "token": ApiTokenFactory(user=person),
    }
    return {f"{name}_id": str(row.pk) for name, row in rows.items()}, person
