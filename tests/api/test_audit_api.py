"""The trail over the API: all of it for admins, a tenant's own part for its people."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Scope
from apps.accounts.services.api_tokens import create_token
from tests.factories import AdminFactory, AuditEventFactory, ClientFactory, ClientUserFactory, LabFactory

pytestmark = pytest.mark.django_db


def test_a_line_has_who_what_in_words_and_the_difference(as_user) -> None:
    admin = AdminFactory()
    event = AuditEventFactory(
        who=admin, client=ClientFactory(name="Acme"), before={"a": 1}, after={"a": 2}, address="10.0.0.1"
    )
    (line,) = as_user(admin).get("/api/audit").json()["results"]
    assert line == {
        "id": event.pk,
        "at": event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "who": admin.username,
        "what": "policy_changed",
        "words": "Changed a policy",
        "target": "Cluster prod",
        "client_id": str(event.client_id),
        "client": "Acme",
        "request_id": "",
        "address": "10.0.0.1",
        "before": {"a": 1},
        "after": {"a": 2},
    }


def test_a_tenants_people_see_their_part_whatever_they_ask_for(as_user) -> None:
    person, other = ClientUserFactory(), ClientFactory()
    AuditEventFactory(client=person.client, who=None)
    AuditEventFactory(client=other)
    api = as_user(person)
    assert [line["who"] for line in api.get("/api/audit").json()["results"]] == [None]
    assert api.get("/api/audit", {"client": str(other.pk)}).json()["count"] == 0


@pytest.mark.parametrize("address", ["/api/audit", "/api/audit.csv"])
def test_the_lab_and_strangers_see_none(as_user, client, address) -> None:
    assert as_user(LabFactory()).get(address).status_code == 403
    assert client.get(address).status_code == 401


@pytest.mark.parametrize("address", ["/api/audit", "/api/audit.csv"])
@pytest.mark.parametrize("asked", ["since=yesterday", "until=2026-13-01", "client=1", "who=%00"])
def test_what_cannot_be_asked_is_named(as_user, address, asked) -> None:
    answer = as_user(AdminFactory()).get(f"{address}?{asked}")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [asked.partition("=")[0]]


@pytest.mark.parametrize(
    ("made", "scope", "status"),
    [
        (AdminFactory, Scope.PLATFORM_READ, 200),
        (AdminFactory, Scope.FLEET_READ, 403),
        (ClientUserFactory, Scope.FLEET_READ, 200),
    ],
)
def test_an_api_token_needs_the_scope_of_its_persons_role(client, made, scope, status) -> None:
    user = made()
    _, secret = create_token(user, name="x", scopes=[scope], expires_at=timezone.now() + timedelta(days=1))
    assert client.get("/api/audit", headers={"Authorization": f"Bearer {secret}"}).status_code == status


def test_nothing_can_be_written_there(as_user) -> None:
    api = as_user(AdminFactory())
    assert api.post("/api/audit", {}).status_code == 405
    assert api.get(f"/api/audit/{uuid.uuid4()}").status_code == 404
