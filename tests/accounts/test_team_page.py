"""The page of a tenant's people: who is here, who is invited, and who may change that."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.utils import timezone

from apps.accounts.models import Invitation, UserStatus
from apps.accounts.seats import InvitationState
from apps.accounts.selectors.team import invitations_of, people_of
from celery_app import app
from tests.factories import (
    AdminFactory,
    ClientFactory,
    ClientUserFactory,
    InvitationFactory,
    LabFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ClientUserFactory(name="Ada")


@pytest.fixture
def url(person) -> str:
    return f"/clients/{person.client_id}/team"


@pytest.fixture
def browser(person) -> Browser:
    return signed_in(person)


def signed_in(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def states(browser: Browser, url: str) -> list[str]:
    return [state for _, state in browser.get(url).context["invitations"]]


def test_it_lists_the_tenants_living_people_and_nobody_elses(person, browser, url) -> None:
    colleague = ClientUserFactory(client=person.client, name="Bob", status=UserStatus.BLOCKED)
    Authenticator.objects.create(user=colleague, type=Authenticator.Type.TOTP, data={})
    ClientUserFactory(client=person.client, deleted_at=timezone.now())
    ClientUserFactory()
    people = browser.get(url).context["people"]
    assert [(who.name, who.status, who.has_second_factor) for who in people] == [
        ("Ada", UserStatus.ACTIVE, False),
        ("Bob", UserStatus.BLOCKED, True),
    ]


def test_people_and_invitations_cost_a_query_each(person, django_assert_num_queries) -> None:
    ClientUserFactory.create_batch(3, client=person.client)
    InvitationFactory.create_batch(3, client=person.client)
    with django_assert_num_queries(2):
        assert [who.has_second_factor for who in people_of(person.client)] == [False] * 4
        assert len([(one.invited_by.name, one.client.name) for one in invitations_of(person.client)]) == 3


@pytest.mark.parametrize("made", [AdminFactory, None])
def test_admins_and_the_tenants_people_invite(
    person, browser, url, made, at_once, mailoutbox, django_capture_on_commit_callbacks
) -> None:
    browser = signed_in(made()) if made else browser
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(url, {"email": "New@Example.com"})
    assert answer["Location"] == url
    assert (mailoutbox[0].to, Invitation.objects.get().client) == (["new@example.com"], person.client)
    assert states(browser, url) == [InvitationState.SENT]


def test_who_cannot_be_invited_is_told_beside_the_field(person, browser, url) -> None:
    for address, words in (
        (person.email, "somebody's here already"),
        ("nobody", "whole address"),
        ("", "Enter"),
    ):
        answer = browser.post(url, {"email": address})
        assert answer.status_code == 422
        assert words in answer.context["form"].errors["email"][0]
    assert not Invitation.objects.exists()


def test_a_letter_that_was_not_sent_shows_and_can_be_sent_again(
    person, browser, url, at_once, mailoutbox, django_capture_on_commit_callbacks
) -> None:
    invitation = InvitationFactory(client=person.client)
    assert states(browser, url) == [InvitationState.WAITING]
    assert "Not sent yet" in browser.get(url).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{url}/{invitation.pk}/resend")
    assert states(browser, url) == [InvitationState.SENT]
    assert len(mailoutbox) == 1


def test_a_withdrawn_invitation_leaves_the_list(person, browser, url) -> None:
    invitation = InvitationFactory(client=person.client)
    assert browser.post(f"{url}/{invitation.pk}/withdraw")["Location"] == url
    assert states(browser, url) == []
    invitation.refresh_from_db()
    assert invitation.withdrawn_at


def test_the_list_tells_expired_and_void_from_open(person, browser, url) -> None:
    gone = AdminFactory(status=UserStatus.BLOCKED)
    InvitationFactory(client=person.client, expires_at=timezone.now())
    InvitationFactory(client=person.client, invited_by=gone)
    assert states(browser, url) == [InvitationState.VOID, InvitationState.EXPIRED]


def test_without_a_broker_the_invitation_is_kept_and_says_that_it_was_not_sent(
    browser, url, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(url, {"email": "new@example.com"}).status_code == 302
    assert states(browser, url) == [InvitationState.WAITING]


def test_another_tenants_page_and_invitations_are_not_there(person, browser, url) -> None:
    theirs = InvitationFactory()
    there = f"/clients/{theirs.client_id}/team"
    assert (
        browser.get(there).status_code == browser.post(there, {"email": "x@example.com"}).status_code == 404
    )
    for address in (there, url):
        for act in ("resend", "withdraw"):
            assert browser.post(f"{address}/{theirs.pk}/{act}").status_code == 404
    theirs.refresh_from_db()
    assert theirs.withdrawn_at is None
    assert signed_in(LabFactory()).get(url).status_code == 403
    assert Browser().get(url)["Location"] == f"/sign-in?next={url}"
    assert (
        signed_in(AdminFactory())
        .get(f"/clients/{ClientFactory(deleted_at=timezone.now()).pk}/team")
        .status_code
        == 404
    )


def test_the_rail_leads_here(person, browser, url) -> None:
    for who in (browser, signed_in(AdminFactory())):
        assert f'href="{url}"' in who.get(url).content.decode()
