"""Invitations over the API: a tenant's own, by people alone, and never with the secret of a link."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Scope
from apps.accounts.services.api_tokens import create_token
from apps.accounts.tasks.mail import send_invitation
from tests.factories import AdminFactory, ClientUserFactory, InvitationFactory, LabFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ClientUserFactory(name="Ada")


@pytest.fixture
def url(person) -> str:
    return f"/api/client/{person.client_id}/invitations"


@pytest.mark.parametrize("made", [AdminFactory, None])
def test_a_colleague_is_invited_listed_sent_to_again_and_withdrawn(as_user, person, url, made) -> None:
    api = as_user(made() if made else person)
    answer = api.post(url, {"email": "New@Example.com"})
    assert answer.status_code == 201
    assert answer.json()["email"] == "new@example.com"
    assert api.get(url).json()["results"] == [answer.json()]
    one = f"{url}/{answer.json()['id']}"
    assert api.post(one).json()["state"] == "waiting"
    assert api.delete(one).status_code == 204
    assert api.get(url).json()["count"] == 0
    assert api.delete(one).status_code == api.post(one).status_code == 404


def test_the_answer_has_nothing_of_the_link(as_user, person, url, mailoutbox) -> None:
    invitation = InvitationFactory(client=person.client)
    send_invitation(str(invitation.pk))
    invitation.refresh_from_db()
    (shown,) = as_user(person).get(url).json()["results"]
    assert (shown["state"], shown["role"]) == ("sent", "client")
    assert invitation.digest not in str(shown)
    assert not {"digest", "secret", "url"} & set(shown)


def test_who_cannot_be_invited_is_told(as_user, person, url) -> None:
    api = as_user(person)
    assert api.post(url, {"email": "nobody"}).status_code == 400
    taken = api.post(url, {"email": person.email})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "address_taken")
    api.post(url, {"email": "new@example.com"})
    again = api.post(url, {"email": "new@example.com"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_invited")


def test_a_list_costs_no_query_per_row(as_user, person, url, django_assert_max_num_queries) -> None:
    api = as_user(person)
    InvitationFactory.create_batch(8, client=person.client)
    with django_assert_max_num_queries(6):
        assert api.get(url).json()["count"] == 8


def test_another_tenants_are_not_there(as_user, person, url) -> None:
    theirs, api = InvitationFactory(), as_user(person)
    there = f"/api/client/{theirs.client_id}/invitations"
    for answer in (
        api.get(there),
        api.post(there, {"email": "x@example.com"}),
        api.delete(f"{there}/{theirs.pk}"),
        api.delete(f"{url}/{theirs.pk}"),
        api.post(f"{url}/{uuid.uuid4()}"),
    ):
        assert answer.status_code == 404
    theirs.refresh_from_db()
    assert theirs.withdrawn_at is None


def test_neither_researchers_nor_strangers_nor_scripts_let_people_in(as_user, person, url) -> None:
    assert as_user(LabFactory()).post(url, {"email": "x@example.com"}).status_code == 403
    assert APIClient().post(url, {"email": "x@example.com"}).status_code == 401
    script, in_a_week = APIClient(), timezone.now() + timedelta(days=7)
    _, secret = create_token(person, name="script", scopes=[Scope.FLEET_WRITE], expires_at=in_a_week)
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert script.get(url).status_code == script.post(url, {"email": "x@example.com"}).status_code == 403
