"""Client Management over the API, as api.md has it."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Scope, User
from apps.accounts.services.api_tokens import create_token
from tests.factories import AdminFactory, ClientFactory, ClientUserFactory, LabFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/admin/users"


@pytest.fixture
def admin() -> User:
    return AdminFactory()


@pytest.fixture
def api(as_user, admin):
    return as_user(admin)


@pytest.mark.requirement("6.1")
def test_the_list_has_everybody_with_role_status_and_last_login(api, admin) -> None:
    person = ClientUserFactory(name="Ada")
    answer = api.get(URL, {"search": "Ada"}).json()
    assert answer["count"] == 1
    assert answer["results"] == [
        {
            "id": str(person.pk),
            "name": "Ada",
            "username": person.username,
            "email": person.email,
            "role": "client",
            "status": "active",
            "last_login": None,
            "client_id": str(person.client_id),
            "client": person.client.name,
        }
    ]


def test_the_list_is_narrowed_ordered_and_paged(api) -> None:
    ClientUserFactory.create_batch(3)
    blocked = ClientUserFactory(status="blocked")
    assert [row["id"] for row in api.get(URL, {"status": "blocked"}).json()["results"]] == [str(blocked.pk)]
    assert api.get(URL, {"client": str(blocked.client_id)}).json()["count"] == 1
    page = api.get(URL, {"role": "client", "page_size": 2, "ordering": "-username"}).json()
    assert (page["count"], len(page["results"])) == (4, 2)
    assert page["results"][0]["username"] > page["results"][1]["username"]
    assert "page=2" in page["next"]


@pytest.mark.parametrize("asked", ["role=boss", "status=x", "client=1", "ordering=password"])
def test_what_the_list_cannot_be_asked_is_named(api, asked) -> None:
    answer = api.get(f"{URL}?{asked}")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [asked.partition("=")[0]]


@pytest.mark.requirement("6.3")
def test_the_credentials_are_in_the_answer_once(api, client) -> None:
    answer = api.post(
        URL, {"name": "Ada", "email": "client@example.com", "role": "client", "company": "Acme"}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["credentials"]["username"] == made["username"] == "client@example.com"
    assert "credentials" not in api.get(f"{URL}/{made['id']}").json()
    login = client.post("/api/auth/login", made["credentials"], content_type="application/json")
    assert login.status_code == 200


def test_a_tenant_that_is_here_and_a_new_one_are_not_named_together(api) -> None:
    body = {"name": "Ada", "email": "ada@example.com", "role": "client", "company": "Acme"}
    answer = api.post(URL, body | {"client_id": str(ClientFactory().pk)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "tenant_named_twice")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "taken@example.com"}, 409, "email_taken"),
        ({"company": "Taken"}, 409, "company_taken"),
        ({"company": ""}, 422, "tenant_needed"),
        ({"role": "lab"}, 422, "tenant_not_for_role"),
        ({"company": "", "client_id": str(uuid.uuid4())}, 422, "tenant_gone"),
        ({"client_id": str(uuid.uuid4())}, 422, "tenant_gone"),
        ({"email": "nobody"}, 400, "validation_failed"),
        ({"name": ""}, 400, "validation_failed"),
        ({"role": "boss"}, 400, "validation_failed"),
    ],
)
def test_what_cannot_be_made_says_why(api, body, status, code) -> None:
    ClientUserFactory(username="taken@example.com", client=ClientFactory(name="Taken"))
    usual = {"name": "Ada", "email": "ada@example.com", "role": "client", "company": "Acme"}
    answer = api.post(URL, usual | body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.requirement("6.8")
def test_role_and_status_change_and_the_person_is_out_at_once(api, as_user) -> None:
    person = ClientUserFactory()
    theirs = as_user(person)
    answer = api.put(f"{URL}/{person.pk}", {"role": "lab", "status": "blocked"})
    assert answer.status_code == 200
    assert (answer.json()["role"], answer.json()["status"], answer.json()["client_id"]) == (
        "lab",
        "blocked",
        None,
    )
    assert theirs.get("/api/auth/me").status_code == 401


def test_what_was_read_can_be_sent_back_and_changes_nothing(api) -> None:
    for person in (ClientUserFactory(), LabFactory()):
        read = api.get(f"{URL}/{person.pk}").json()
        assert api.put(f"{URL}/{person.pk}", read).json() == read


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": None}, "tenant_needed"),
        ({"role": "lab", "client_id": "own"}, "tenant_not_for_role"),
        ({"client_id": str(uuid.uuid4())}, "tenant_gone"),
    ],
)
def test_a_change_that_is_not_allowed_changes_nothing(api, changes, code) -> None:
    person = ClientUserFactory()
    if changes["client_id"] == "own":
        changes = changes | {"client_id": str(person.client_id)}
    answer = api.put(f"{URL}/{person.pk}", changes | {"status": "blocked"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    person.refresh_from_db()
    assert person.status == "active"


def test_oneself_is_out_of_reach(api, admin) -> None:
    AdminFactory()
    for answer in (api.put(f"{URL}/{admin.pk}", {"status": "blocked"}), api.delete(f"{URL}/{admin.pk}")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "oneself_untouchable")


@pytest.mark.requirement("6.10")
def test_a_deleted_person_is_not_found_any_more(api) -> None:
    person = ClientUserFactory()
    assert api.delete(f"{URL}/{person.pk}").status_code == 204
    for answer in (
        api.get(f"{URL}/{person.pk}"),
        api.put(f"{URL}/{person.pk}", {"role": "lab"}),
        api.delete(f"{URL}/{person.pk}"),
        api.get(f"{URL}/{uuid.uuid4()}"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("made", [ClientUserFactory, LabFactory])
def test_other_roles_are_refused(as_user, made) -> None:
    api = as_user(made())
    assert api.get(URL).status_code == api.post(URL, {}).status_code == 403
    assert api.get(f"{URL}/{uuid.uuid4()}").status_code == 403


def test_a_token_that_reads_the_platform_changes_nobody(client, admin) -> None:
    _, secret = create_token(
        admin, name="x", scopes=[Scope.PLATFORM_READ], expires_at=timezone.now() + timedelta(days=1)
    )
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get(URL, headers=headers).status_code == 200
    refused = client.post(URL, {}, content_type="application/json", headers=headers)
    assert refused.json()["error"]["code"] == "scope_missing"
