"""The page behind an invitation, as whoever got the letter meets it."""

import re

import pytest
from django.test import Client as Browser

from apps.accounts.models import Invitation, Role, User
from apps.accounts.tasks.mail import send_invitation
from tests.factories import PASSWORD, AdminFactory, ClientUserFactory, InvitationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation() -> Invitation:
    return InvitationFactory(client__name="Acme Corp", invited_by__name="Ada")


def letter_link(invitation: Invitation, mailoutbox) -> str:
    send_invitation(str(invitation.pk))
    return re.search(r"https?://[^/]+(/join/\S+)", mailoutbox[-1].body)[1]


@pytest.fixture
def link(invitation, mailoutbox) -> str:
    return letter_link(invitation, mailoutbox)


def test_it_shows_who_invites_to_what(link, invitation) -> None:
    page = Browser().get(link, follow=True).content.decode()
    for words in ("Ada", "Acme Corp", invitation.email):
        assert words in page


def test_an_admins_invitation_names_the_role(mailoutbox) -> None:
    invitation = InvitationFactory(role=Role.LAB, client=None)
    assert "as Lab" in Browser().get(letter_link(invitation, mailoutbox), follow=True).content.decode()


def test_name_and_password_make_a_person_who_signs_in(link, invitation) -> None:
    browser = Browser()
    answer = browser.post(browser.get(link)["Location"], {"name": "Bob", "password": PASSWORD})
    assert answer["Location"].startswith("/sign-in?username=")
    user = User.objects.get(username=invitation.email)
    assert (user.name, user.client) == ("Bob", invitation.client)
    signed_in = browser.post("/sign-in", {"username": user.username, "password": PASSWORD})
    assert signed_in["Location"] == f"/clients/{user.client_id}/topology"


def test_whoever_was_signed_in_starts_as_the_new_person(link) -> None:
    browser = Browser()
    browser.force_login(AdminFactory())
    browser.post(browser.get(link)["Location"], {"name": "Bob", "password": PASSWORD})
    assert browser.get("/sign-in").status_code == 200


def test_the_secret_leaves_the_address_and_is_not_in_the_session(link) -> None:
    browser, secret = Browser(), link.rsplit("/", 1)[1]
    kept = browser.get(link)["Location"]
    assert secret not in kept
    assert secret not in browser.get(kept).content.decode()
    assert secret not in str(dict(browser.session))


def test_a_weak_password_and_a_missing_name_are_told_beside_their_fields(link) -> None:
    browser = Browser()
    kept = browser.get(link)["Location"]
    assert list(browser.post(kept, {"name": "", "password": PASSWORD}).context["form"].errors) == ["name"]
    answer = browser.post(kept, {"name": "Bob", "password": "hunter2"})
    assert list(answer.context["form"].errors) == ["password"]
    assert "hunter2" not in answer.content.decode()


def test_who_has_signed_up_meanwhile_is_told(link, invitation) -> None:
    browser = Browser()
    kept = browser.get(link)["Location"]
    ClientUserFactory(username=invitation.email)
    answer = browser.post(kept, {"name": "Bob", "password": PASSWORD})
    assert answer.status_code == 422
    assert "somebody's here already" in answer.context["form"].non_field_errors()[0]


def test_wrong_used_and_unsent_links_look_the_same_and_say_whom_to_ask(link, invitation) -> None:
    browser, unsent = Browser(), InvitationFactory()
    browser.post(browser.get(link)["Location"], {"name": "Bob", "password": PASSWORD})
    links = (
        link,
        f"/join/{invitation.pk}/wrong",
        f"/join/{unsent.pk}/open",
        f"/join/{unsent.pk}/wrong",
        f"/join/{unsent.client_id}/wrong",
    )
    answers = [Browser().get(one) for one in links]
    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.content for answer in answers}) == 1
    assert "Ask the person who invited you" in answers[0].content.decode()
