"""Operations over the API: whose they are, how far, item by item, cancelled and tried again."""

import uuid

import pytest
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.request import Request

from apps.accounts.models import Scope
from apps.accounts.services.api_tokens import create_token
from apps.fleet.models import Operation
from apps.fleet.statuses import ItemState, OperationStatus
from atharva.api.idempotency import IdempotencyKeyInvalid, idempotency_key
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    ClusterFactory,
    LabFactory,
    OperationFactory,
    OperationItemFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def operation(person):
    """One of four items is done, one failed."""
    made = OperationFactory(
        cluster=ClusterFactory(account__client=person.client),
        requested_by=person,
        status=OperationStatus.RUNNING,
        started_at=timezone.now(),
    )
    for position, state in enumerate(("done", "running", "failed", "waiting")):
        ended = timezone.now() if ItemState(state).is_final else None
        OperationItemFactory(
            operation=made,
            position=position,
            group="Our nodes" if position else "Moves",
            state=state,
            detail=f"is {state}",
            finished_at=ended,
        )
    return made


@pytest.mark.requirement("10.15")
def test_an_operation_tells_how_far_it_is_altogether_and_by_group(as_user, person, operation) -> None:
    body = as_user(person).get(f"/api/operations/{operation.pk}").json()
    counts = {key: body[key] for key in ("total", "done", "failed", "running", "waiting", "progress_pct")}
    assert counts == {"total": 4, "done": 1, "failed": 1, "running": 1, "waiting": 1, "progress_pct": 50.0}
    assert [(g["key"], g["name"], g["total"], g["done"], g["failed"]) for g in body["groups"]] == [
        ("Moves", "Moves", 1, 1, 0),
        ("Our nodes", "Our nodes", 3, 0, 1),
    ]
    assert (body["kind"], body["status"], body["status_label"]) == ("give_back", "running", "Running")
    assert (body["client_id"], body["cluster_id"]) == (str(person.client_id), str(operation.cluster_id))
    assert body["requested_by"] == person.name
    assert body["started_at"].endswith("Z")
    assert (body["finished_at"], body["result"]) == (None, None)
    assert as_user(person).get(body["links"]["items"]).json()["count"] == 4
    assert body["links"]["live"] == f"/ws/operations/{operation.pk}"


def test_items_are_paged_and_filtered_with_what_failed_first(as_user, person, operation) -> None:
    api, url = as_user(person), f"/api/operations/{operation.pk}/items"

    def found(query: str = "") -> list[str]:
        return [row["state"] for row in api.get(url + query).json()["results"]]

    assert found() == ["failed", "running", "done", "waiting"]
    assert found("?state=failed&state=done") == ["failed", "done"]
    assert found("?group=Moves") == ["done"]
    assert found("?page_size=1&page=2") == ["running"]
    row = api.get(url).json()["results"][0]
    assert (row["detail"], row["group"], row["state_label"]) == ("is failed", "Our nodes", "Failed")
    assert "memory" not in row
    assert api.get(url + "?state=lost").status_code == 400


def test_operations_are_listed_the_newest_first_and_filtered(as_user, person, operation) -> None:
    OperationFactory()
    other = OperationFactory(
        cluster=ClusterFactory(account=operation.cluster.account), status=OperationStatus.SUCCEEDED
    )
    api = as_user(person)

    def found(query: str = "") -> list[str]:
        return [row["id"] for row in api.get(f"/api/operations{query}").json()["results"]]

    assert found() == [str(other.pk), str(operation.pk)]
    assert found("?status=running") == [str(operation.pk)]
    assert found("?kind=give_back&status=running&status=succeeded") == [str(other.pk), str(operation.pk)]
    assert found(f"?cluster={other.cluster_id}") == [str(other.pk)]
    assert api.get("/api/operations?status=lost").status_code == 400
    assert as_user(AdminFactory()).get("/api/operations").json()["count"] == 3


def test_the_list_needs_no_more_queries_for_more_rows(
    as_user, person, operation, django_assert_max_num_queries
) -> None:
    for _ in range(5):
        cluster = ClusterFactory(account=operation.cluster.account)
        OperationItemFactory(operation=OperationFactory(cluster=cluster))
    api = as_user(person)
    with django_assert_max_num_queries(5):
        assert api.get("/api/operations").json()["count"] == 6


CALLS = [("get", ""), ("get", "/items"), ("post", "/cancel"), ("post", "/retry")]


@pytest.mark.parametrize(("verb", "path"), CALLS)
def test_another_tenants_and_an_unknown_one_are_the_same_404(as_user, operation, verb, path) -> None:
    stranger, unknown = as_user(ClientUserFactory()), uuid.uuid4()
    theirs = getattr(stranger, verb)(f"/api/operations/{operation.pk}{path}")
    none = getattr(stranger, verb)(f"/api/operations/{unknown}{path}")
    assert theirs.status_code == none.status_code == 404
    assert theirs.content.decode().replace(str(operation.pk), "") == none.content.decode().replace(
        str(unknown), ""
    )
    assert getattr(as_user(LabFactory()), verb)(f"/api/operations/{operation.pk}{path}").status_code == 403


def test_the_platforms_operations_are_for_admins_alone(as_user, person) -> None:
    platform = OperationFactory(cluster=None, client=None, title="Everything on-demand")
    assert as_user(person).get(f"/api/operations/{platform.pk}").status_code == 404
    assert as_user(person).get("/api/operations").json()["count"] == 0
    body = as_user(AdminFactory()).get(f"/api/operations/{platform.pk}").json()
    assert (body["client_id"], body["cluster_id"]) == (None, None)


@pytest.mark.requirement("10.16")
def test_it_is_cancelled_once(as_user, person, operation) -> None:
    api = as_user(person)
    answer = api.post(f"/api/operations/{operation.pk}/cancel")
    assert answer.status_code == 202
    body = answer.json()
    assert (body["status"], body["cancelled"], body["running"]) == ("running", 1, 1)
    assert body["cancelled_at"].endswith("Z")
    again = api.post(f"/api/operations/{operation.pk}/cancel")
    assert (again.status_code, again.json()["cancelled_at"]) == (202, body["cancelled_at"])
    Operation.objects.filter(pk=operation.pk).update(finished_at=timezone.now())
    late = api.post(f"/api/operations/{operation.pk}/cancel")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "operation_ended")


@pytest.mark.requirement("10.17")
def test_what_failed_is_tried_again(as_user, person, operation) -> None:
    api = as_user(person)
    answer = api.post(f"/api/operations/{operation.pk}/retry")
    assert (answer.status_code, answer.json()["failed"], answer.json()["waiting"]) == (202, 0, 2)
    again = api.post(f"/api/operations/{operation.pk}/retry")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "nothing_to_retry")


def test_a_token_that_only_reads_cancels_nothing(client, person, operation) -> None:
    expires = timezone.now() + timezone.timedelta(days=1)
    _, secret = create_token(person, name="script", scopes=[Scope.FLEET_READ], expires_at=expires)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get(f"/api/operations/{operation.pk}", headers=bearer).status_code == 200
    assert client.post(f"/api/operations/{operation.pk}/cancel", headers=bearer).status_code == 403
    assert Operation.objects.get().cancelled_at is None


def request_with(key: str) -> Request:
    return Request(RequestFactory().post("/", headers={"Idempotency-Key": key}))


def test_an_idempotency_key_is_any_short_text() -> None:
    assert idempotency_key(request_with(" order 7 ")) == "order 7"
    assert idempotency_key(Request(RequestFactory().post("/"))) == ""
    assert len(idempotency_key(request_with("k" * 120))) == 120


@pytest.mark.parametrize("key", ["k" * 121, "tab\tbed", "nul\x00"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(key) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        idempotency_key(request_with(key))
