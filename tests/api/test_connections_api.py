"""Accounts over the API: started, given a role, tested, connected; the external id where it belongs alone."""

import json
import uuid

import pytest

from apps.accounts.models import AuditEvent
from apps.fleet.models import CloudAccount, ConnectionTest
from apps.fleet.services.connection_tests import run_test
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    CloudAccountFactory,
    ClusterFactory,
    ConnectionTestFactory,
    LabFactory,
)
from tests.fleet.connecting.cloud_accounts import PLATFORM, OwnedAccount

pytestmark = pytest.mark.django_db
NEW = {"name": "production", "aws_account_id": "111122223333", "regions": ["us-east-1"]}


@pytest.fixture(autouse=True)
def platform(settings):
    settings.AWS_PLATFORM_PRINCIPAL = PLATFORM


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def api(as_user, person):
    return as_user(person)


@pytest.fixture
def draft(person):
    return CloudAccountFactory(client=person.client, role_arn="", connected_at=None)


def accounts_of(person) -> str:
    return f"/api/client/{person.client_id}/accounts"


def url_of(account, part: str = "") -> str:
    return f"/api/client/accounts/{account.pk}{part}"


def error_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.requirement("7.1")
def test_an_account_begins_as_a_draft_with_an_id_that_nobody_chose(api, person) -> None:
    answer = api.post(accounts_of(person), NEW)
    assert answer.status_code == 201
    account = CloudAccount.objects.get()
    assert (answer.json()["id"], answer.json()["connected_at"]) == (str(account.pk), None)
    assert len(account.external_id) >= 32
    assert error_of(api.post(accounts_of(person), NEW | {"name": "b", "external_id": "mine"})) == (
        400,
        "validation_failed",
    )


def test_the_external_id_is_in_the_policy_documents_and_nowhere_else(api, person, draft) -> None:
    documents = api.get(url_of(draft, "/policy")).json()
    assert documents["trust"]["Statement"][0]["Condition"]["StringEquals"] == {
        "sts:ExternalId": draft.external_id
    }
    api.post(accounts_of(person), NEW)
    api.put(url_of(draft), {"name": "renamed"})
    shown = [api.get(accounts_of(person)), api.get(url_of(draft)), api.post(url_of(draft, "/connect"))]
    assert not any(draft.external_id in answer.content.decode() for answer in shown)
    for account in CloudAccount.objects.all():
        trail = json.dumps(list(AuditEvent.objects.values("what", "target", "before", "after")))
        assert account.external_id not in trail


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("aws_account_id", "12345678901"),
        ("aws_account_id", "12345678901a"),
        ("regions", []),
        ("regions", "us-east-1"),
        ("name", ""),
        ("name", "x" * 81),
        ("role_arn", "arn:aws:iam::111122223333:role/x"),
    ],
)
def test_a_field_that_cannot_be_is_named(api, person, field, value) -> None:
    answer = api.post(accounts_of(person), NEW | {field: value})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [field]


def test_two_accounts_of_a_tenant_have_two_names(api, person) -> None:
    assert api.post(accounts_of(person), NEW).status_code == 201
    assert error_of(api.post(accounts_of(person), NEW)) == (422, "connection_invalid")


def test_an_account_that_is_connected_already_is_not_started_again(api, person) -> None:
    CloudAccountFactory(client=person.client, aws_account_id=NEW["aws_account_id"])
    assert error_of(api.post(accounts_of(person), NEW)) == (409, "account_taken")


def test_named_fields_change_and_the_last_test_is_forgotten_with_them(api, draft) -> None:
    ConnectionTestFactory(account=draft)
    assert api.put(url_of(draft), {"name": "renamed"}).json()["name"] == "renamed"
    assert ConnectionTest.objects.exists()
    role = f"arn:aws:iam::{draft.aws_account_id}:role/AtharvaAccess"
    assert api.put(url_of(draft), {"role_arn": role}).json()["role_arn"] == role
    assert not ConnectionTest.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"role_arn": "arn:aws:iam::999999999999:role/x"},
        {"queue_url": "https://sqs.us-east-1.amazonaws.com/999999999999/theirs"},
        {"queue_url": "ftp://x"},
        {"regions": ["us-east-1", "us-east-1"]},
        {"regions": ["nowhere"]},
    ],
)
def test_what_is_not_of_the_account_is_refused(api, draft, change) -> None:
    before = api.get(url_of(draft)).json()
    assert error_of(api.put(url_of(draft), change)) == (422, "connection_invalid")
    assert api.get(url_of(draft)).json() == before


def test_a_region_in_which_a_cluster_is_stays(api, person) -> None:
    cluster = ClusterFactory(account__client=person.client)
    answer = api.put(url_of(cluster.account), {"regions": ["eu-west-1"]})
    assert error_of(answer) == (409, "account_in_use")


def test_without_a_role_nothing_is_tested(api, draft) -> None:
    assert error_of(api.post(url_of(draft, "/test"))) == (409, "role_unknown")
    assert api.get(url_of(draft, "/test")).status_code == 404


@pytest.mark.requirement("7.2")
def test_a_test_names_what_is_missing_and_then_the_account_is_connected(
    api, person, aws_emulator, cloud_settings
) -> None:
    owned = OwnedAccount(aws_emulator, client=person.client)
    account = owned.make_role().row
    owned.deny("ec2:CreateFleet")
    started = api.post(url_of(account, "/test"))
    assert started.status_code == 202 and started.json()["state"] == "queued"
    assert api.post(url_of(account, "/test")).json()["id"] == started.json()["id"]
    run_test(uuid.UUID(started.json()["id"]))
    test = api.get(url_of(account, "/test")).json()
    assert (test["state"], test["missing"], test["passed"]) == ("done", ["ec2:CreateFleet"], False)
    assert error_of(api.post(url_of(account, "/connect"))) == (409, "account_untested")
    assert "ec2:CreateFleet" in api.post(url_of(account, "/connect")).json()["error"]["message"]
    owned.deny()
    run_test(uuid.UUID(api.post(url_of(account, "/test")).json()["id"]))
    connected = api.post(url_of(account, "/connect"))
    assert connected.status_code == 200 and connected.json()["connected_at"]
    assert api.post(url_of(account, "/connect")).json() == connected.json()


@pytest.mark.requirement("7.2")
def test_who_only_claims_an_account_keeps_nobody_from_connecting_it(api, draft) -> None:
    squatter = CloudAccountFactory(role_arn="", connected_at=None, aws_account_id=draft.aws_account_id)
    draft.role_arn = f"arn:aws:iam::{draft.aws_account_id}:role/AtharvaAccess"
    draft.save()
    ConnectionTestFactory(account=draft)
    assert api.post(url_of(draft, "/connect")).status_code == 200
    squatter.refresh_from_db()
    assert squatter.connected_at is None


def test_an_aws_account_has_one_tenant(api, draft) -> None:
    CloudAccountFactory(aws_account_id=draft.aws_account_id)
    ConnectionTestFactory(account=draft)
    assert error_of(api.post(url_of(draft, "/connect"))) == (409, "account_taken")


def test_only_the_tenant_and_admins_reach_it(as_user, draft) -> None:
    stranger, lab, admin = as_user(ClientUserFactory()), as_user(LabFactory()), as_user(AdminFactory())
    for part in ("", "/policy"):
        assert admin.get(url_of(draft, part)).status_code == 200
        assert stranger.get(url_of(draft, part)).status_code == 404
        assert lab.get(url_of(draft, part)).status_code == 403
    for part in ("/test", "/connect"):
        assert stranger.post(url_of(draft, part)).status_code == 404
    assert stranger.put(url_of(draft), {"name": "x"}).status_code == 404
    assert stranger.get(f"/api/client/{draft.client_id}/accounts").status_code == 404
    assert admin.get(f"/api/client/{draft.client_id}/accounts").json()["count"] == 1


def test_the_list_costs_the_same_however_long_it_is(api, person, django_assert_num_queries) -> None:
    CloudAccountFactory.create_batch(5, client=person.client)
    api.get(accounts_of(person))
    with django_assert_num_queries(4):
        assert api.get(accounts_of(person)).json()["count"] == 5
