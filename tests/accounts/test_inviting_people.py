"""Client Management: who gets a letter instead of a password, and the seats that no tenant's page lists."""

import re

import pytest
from django.test import Client as Browser

from apps.accounts.models import AuditEvent, Invitation, Role, User
from apps.accounts.seats import InvitationState
from tests.factories import AdminFactory, ClientFactory, ClientUserFactory, InvitationFactory, LabFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    browser = Browser()
    browser.force_login(AdminFactory())
    return browser


def form(**fields: object) -> dict[str, object]:
    return {"how": "invitation", "email": "new@example.com", "role": "lab", **fields}


def listed(browser: Browser) -> list[tuple[str, InvitationState]]:
    return [(row.email, state) for row, state in browser.get("/people").context["invitations"]()]


def seat(**fields: object) -> Invitation:
    return InvitationFactory(role=Role.LAB, client=None, **fields)


@pytest.mark.requirement("6.3")
@pytest.mark.parametrize("role", ["admin", "lab"])
def test_who_is_invited_gets_a_letter_and_no_password(
    browser, role, at_once, mailoutbox, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post("/people/new", form(role=role))
    assert answer["Location"] == "/people"
    made = Invitation.objects.get()
    assert (made.role, made.client, mailoutbox[0].to) == (role, None, ["new@example.com"])
    assert not User.objects.filter(email="new@example.com").exists()
    assert listed(browser) == [("new@example.com", InvitationState.SENT)]


def test_a_client_is_invited_to_a_tenant_that_is_there(browser) -> None:
    tenant = ClientFactory()
    browser.post("/people/new", form(role="client", client=tenant.pk))
    assert Invitation.objects.get().client == tenant
    assert listed(browser) == []  # the tenant's own page lists it


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        ({"role": "client", "company": "Acme"}, "client", "a new one begins with a password"),
        ({"email": "taken@example.com"}, "email", "somebody&#x27;s here already"),
        ({"email": "waiting@example.com"}, "email", "has an open invitation"),
        ({"email": "nobody"}, "email", "Enter a whole address."),
    ],
)
def test_who_cannot_be_invited_is_told_beside_the_field(browser, asked, field, says) -> None:
    ClientUserFactory(email="taken@example.com")
    seat(email="waiting@example.com")
    answer = browser.post("/people/new", form(**asked))
    assert answer.status_code == 422
    error = re.search(rf'id="id_{field}-error">(.*?)</p>', answer.content.decode(), re.DOTALL)
    assert says in error[1]
    assert Invitation.objects.count() == 1


def test_an_address_that_invites_too_often_is_told_above_the_form(browser, settings) -> None:
    rates = {"DEFAULT_THROTTLE_RATES": {"invitation": "1/h"}}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | rates
    assert browser.post("/people/new", form(email="first@example.com")).status_code == 302
    answer = browser.post("/people/new", form(email="second@example.com"))
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()
    assert not Invitation.objects.filter(email="second@example.com").exists()


def test_the_list_has_those_of_no_tenant(browser) -> None:
    seat(email="lab@example.com")
    InvitationFactory()
    assert listed(browser) == [("lab@example.com", InvitationState.WAITING)]
    page = browser.get("/people").content.decode()
    assert "Withdraw the invitation of lab@example.com?" in page


def test_a_letter_can_be_sent_again_and_a_seat_withdrawn(
    browser, at_once, mailoutbox, django_capture_on_commit_callbacks
) -> None:
    kept = seat()
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(f"/people/invitations/{kept.pk}/resend")["Location"] == "/people"
    assert [letter.to for letter in mailoutbox] == [[kept.email]]
    assert browser.post(f"/people/invitations/{kept.pk}/withdraw")["Location"] == "/people"
    assert listed(browser) == []
    whats = AuditEvent.objects.filter(target__contains=kept.email).values_list("what", flat=True)
    assert {"invitation_sent_again", "invitation_withdrawn"} <= set(whats)


@pytest.mark.parametrize("act", ["resend", "withdraw"])
def test_a_tenants_seat_is_not_found_here_and_nobody_else_gets_in(browser, client, act) -> None:
    of_a_tenant, of_none = InvitationFactory(), seat()
    assert browser.post(f"/people/invitations/{of_a_tenant.pk}/{act}").status_code == 404
    for made in (ClientUserFactory, LabFactory):
        client.force_login(made())
        assert client.post(f"/people/invitations/{of_none.pk}/{act}").status_code == 403
    of_none.refresh_from_db()
    assert (of_none.withdrawn_at, of_none.sent_at) == (None, None)
