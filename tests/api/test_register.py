"""Rows 1.3 and 1.4: a company signs up and is given its credentials."""

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import AuditEvent, Client, User
from tests.factories import PASSWORD, ClientFactory, ClientUserFactory

pytestmark = pytest.mark.django_db
REGISTER = "/api/auth/register"
BODY = {"company": "Acme Corp", "email": "Ann@Acme.example", "name": "Ann Example"}


def register(address: str = "127.0.0.1", **fields: str):
    return APIClient(REMOTE_ADDR=address).post(REGISTER, BODY | fields)


@pytest.mark.requirement("1.3", "1.4")
def test_a_company_gets_a_tenant_a_person_and_credentials_that_sign_in() -> None:
    answer = register()
    assert answer.status_code == 201
    body, client, user = answer.json(), Client.objects.get(), User.objects.get()
    assert body["client"] == {"id": str(client.pk), "name": "Acme Corp"}
    assert body["user"] == {"id": str(user.pk), "username": "ann@acme.example", "role": "client"}
    assert body["dashboard_url"] == f"/clients/{client.pk}/topology"
    login = APIClient().post("/api/auth/login", body["credentials"])
    assert login.status_code == 200
    assert login.json()["user"]["client_id"] == str(client.pk)


def test_the_trail_tells_of_it_and_never_the_password() -> None:
    password = register().json()["credentials"]["password"]
    events = AuditEvent.objects.filter(client=Client.objects.get())
    assert {event.what for event in events} == {"client_created", "signed_up"}
    assert password not in str(list(events.values()))


def test_a_password_of_ones_own_is_taken_where_it_is_strong() -> None:
    assert register(password=PASSWORD).json()["credentials"]["password"] == PASSWORD
    assert (
        APIClient()
        .post("/api/auth/login", {"username": "ann@acme.example", "password": PASSWORD})
        .status_code
        == 200
    )


@pytest.mark.parametrize("weak", ["short-1", "123456789012345", "password1234", "ann@acme.example"])
def test_a_weak_password_is_refused_with_the_reason_and_makes_nothing(weak) -> None:
    answer = register(password=weak)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "password_refused")
    assert not Client.objects.exists()


def test_a_taken_address_or_company_is_told_with_a_way_out() -> None:
    ClientUserFactory(username="ann@acme.example")
    address = register()
    assert (address.status_code, address.json()["error"]["code"]) == (409, "email_taken")
    assert "new password" in address.json()["error"]["message"]
    ClientFactory(name="ACME corp")
    company = register(email="bob@acme.example")
    assert (company.status_code, company.json()["error"]["code"]) == (409, "company_taken")
    assert "invitation" in company.json()["error"]["message"]
    assert User.objects.count() == 1


def test_it_can_be_switched_off(settings) -> None:
    settings.SIGN_UP_OPEN = False
    answer = register()
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "sign_up_closed")
    assert not Client.objects.exists()


def test_one_address_signs_up_so_often_and_no_oftener(settings) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": {"sign_up": "2/h"}}
    statuses = [register(company=f"C{n}", email=f"a{n}@c.example").status_code for n in range(3)]
    assert statuses == [201, 201, 429]
    again = register()
    assert again.json()["error"]["code"] == "too_many_requests"
    assert 0 < int(again["Retry-After"]) <= 3601
    assert register("203.0.113.9").status_code == 201


@pytest.mark.parametrize(
    "broken",
    [{"email": "no-address"}, {"company": " "}, {"company": "x" * 121}, {"name": ""}, {"company": "a\x00"}],
)
def test_a_malformed_body_names_the_field(broken) -> None:
    answer = register(**broken)
    assert answer.status_code == 400
    assert set(broken) == set(answer.json()["error"]["details"])
