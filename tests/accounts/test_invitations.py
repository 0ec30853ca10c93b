"""Seats kept for people: who may keep them, how long a link holds, and that it works once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from apps.accounts.errors import (
    AddressTaken,
    AlreadyInvited,
    InvitationClosed,
    InvitationNotAllowed,
    InvitationVoid,
    PasswordRefused,
    TooManyInvitations,
)
from apps.accounts.links import digest_of
from apps.accounts.models import AuditEvent, Invitation, Role, User, UserStatus
from apps.accounts.seats import InvitationState, state_of
from apps.accounts.services import invitations
from apps.accounts.tasks.mail import send_invitation
from tests.factories import (
    PASSWORD,
    AdminFactory,
    ClientFactory,
    ClientUserFactory,
    InvitationFactory,
    LabFactory,
)

pytestmark = pytest.mark.django_db
EMAIL = "new@example.com"


def digest_in(letter) -> str:
    """What is kept of the secret in a letter's link."""
    return digest_of(re.search(r"/join/[\w-]+/([\w-]+)", letter.body)[1])


@pytest.fixture
def person() -> User:
    return ClientUserFactory()


def invite(by: User, email: str = EMAIL, **fields) -> Invitation:
    return invitations.invite(email, **{"role": Role.CLIENT, "client": by.client, "by": by} | fields)


def sent(invitation: Invitation, mailbox) -> str:
    send_invitation(str(invitation.pk))
    return digest_in(mailbox[-1])


def accept(invitation: Invitation, digest: str, **fields) -> User:
    return invitations.accept(invitation.pk, digest, **{"name": "New", "password": PASSWORD} | fields)


@pytest.mark.parametrize("role", Role)
def test_an_admin_invites_any_role_and_clients_to_a_tenant(role) -> None:
    client = ClientFactory() if role == Role.CLIENT else None
    invitation = invite(AdminFactory(), role=role, client=client)
    assert (invitation.role, invitation.client) == (role, client)


def test_a_tenants_person_invites_to_their_own_tenant_alone(person) -> None:
    assert invite(person).client == person.client
    for fields in ({"client": ClientFactory()}, {"role": Role.ADMIN, "client": None}, {"client": None}):
        with pytest.raises(InvitationNotAllowed):
            invite(person, "other@example.com", **fields)


def test_researchers_and_the_blocked_invite_nobody(person) -> None:
    for by in (LabFactory(), ClientUserFactory(client=person.client, status=UserStatus.BLOCKED)):
        with pytest.raises(InvitationNotAllowed):
            invite(by, client=person.client)
    assert not Invitation.objects.exists()


def test_the_address_of_somebody_here_is_refused_however_it_is_written(person) -> None:
    ClientUserFactory(username="bob", email="Bob@Example.com")
    for address in ("bob@example.com", person.username.upper()):
        with pytest.raises(AddressTaken, match="somebody's here already"):
            invite(person, address)


def test_the_address_of_a_deleted_person_is_free(person) -> None:
    gone = ClientUserFactory(deleted_at=timezone.now())
    assert invite(person, gone.email)


def test_an_address_has_one_open_invitation_and_another_tenants_is_not_told(person) -> None:
    invite(person)
    with pytest.raises(AlreadyInvited, match="Send it again"):
        invite(person, EMAIL.upper())
    with pytest.raises(AddressTaken):
        invite(ClientUserFactory())


def test_an_expired_invitation_does_not_stand_in_the_way(person) -> None:
    old = InvitationFactory(email=EMAIL, expires_at=timezone.now())
    assert invite(person)
    old.refresh_from_db()
    assert old.withdrawn_at


def test_a_tenant_has_a_bounded_number_of_open_invitations(person) -> None:
    InvitationFactory.create_batch(invitations.MOST_OPEN_OF_A_TENANT - 1, client=person.client)
    invite(person)
    with pytest.raises(TooManyInvitations):
        invite(person, "one-more@example.com")


def test_an_invitation_becomes_a_person_who_can_sign_in(person, mailoutbox, client) -> None:
    invitation = invite(person)
    user = accept(invitation, sent(invitation, mailoutbox))
    assert (user.username, user.email, user.role) == (EMAIL, EMAIL, Role.CLIENT)
    assert user.client == person.client
    assert client.post("/sign-in", {"username": EMAIL, "password": PASSWORD}).status_code == 302


def test_a_link_works_once(person, mailoutbox) -> None:
    invitation = invite(person)
    digest = sent(invitation, mailoutbox)
    accept(invitation, digest)
    with pytest.raises(InvitationVoid):
        accept(invitation, digest)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_follow_a_link_at_once_one_gets_the_seat(mailoutbox) -> None:
    invitation = invite(ClientUserFactory())
    digest = sent(invitation, mailoutbox)

    def follow(number: int) -> str:
        try:
            return accept(invitation, digest, name=f"Number {number}").username
        except InvitationVoid:
            return "void"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(follow, range(4))) == sorted([EMAIL, "void", "void", "void"])


def void_by_time(invitation: Invitation) -> None:
    invitation.expires_at = timezone.now()


def void_by_withdrawal(invitation: Invitation) -> None:
    invitation.withdrawn_at = timezone.now()


def void_by_the_inviters_block(invitation: Invitation) -> None:
    User.objects.filter(pk=invitation.invited_by_id).update(status=UserStatus.BLOCKED)


def void_by_the_tenants_end(invitation: Invitation) -> None:
    invitation.client.deleted_at = timezone.now()
    invitation.client.save()


@pytest.mark.parametrize(
    "change",
    [void_by_time, void_by_withdrawal, void_by_the_inviters_block, void_by_the_tenants_end],
)
def test_a_link_holds_no_longer_than_what_it_rests_on(person, mailoutbox, change) -> None:
    invitation = invite(person)
    digest = sent(invitation, mailoutbox)
    invitation.refresh_from_db()
    invitations.opened(invitation.pk, digest)
    change(invitation)
    invitation.save()
    with pytest.raises(InvitationVoid):
        accept(invitation, digest)
    assert not User.objects.filter(username=EMAIL).exists()


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_no_other_secret_opens_it_and_before_the_letter_none(person, digest) -> None:
    invitation = invite(person)
    for pk in (invitation.pk, person.pk):
        with pytest.raises(InvitationVoid):
            invitations.opened(pk, digest)


def test_sending_again_voids_the_old_link_at_once_and_holds_for_a_week_more(person, mailoutbox) -> None:
    invitation = invite(person)
    old = sent(invitation, mailoutbox)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    renewed = invitations.resend(invitation, by=AdminFactory())
    with pytest.raises(InvitationVoid):
        invitations.opened(invitation.pk, old)
    assert state_of(renewed, timezone.now()) == InvitationState.WAITING
    assert renewed.expires_at > timezone.now() + timedelta(days=6)
    assert accept(invitation, sent(invitation, mailoutbox))


def test_what_is_accepted_or_withdrawn_is_neither_sent_nor_withdrawn_again(person, mailoutbox) -> None:
    taken, given_up = invite(person), invite(person, "other@example.com")
    accept(taken, sent(taken, mailoutbox))
    invitations.withdraw(given_up, by=person)
    letters = len(mailoutbox)
    for invitation, word in ((taken, "accepted"), (given_up, "withdrawn")):
        with pytest.raises(InvitationClosed, match=word):
            invitations.resend(invitation, by=person)
        with pytest.raises(InvitationClosed, match=word):
            invitations.withdraw(invitation, by=person)
        send_invitation(str(invitation.pk))
    assert len(mailoutbox) == letters


def test_a_weak_password_is_refused_and_the_seat_stays_free(person, mailoutbox) -> None:
    invitation = invite(person)
    digest = sent(invitation, mailoutbox)
    with pytest.raises(PasswordRefused):
        accept(invitation, digest, password="password")
    assert accept(invitation, digest)


def test_whoever_has_signed_up_meanwhile_is_not_made_twice(person, mailoutbox) -> None:
    invitation = invite(person)
    digest = sent(invitation, mailoutbox)
    ClientUserFactory(username=EMAIL)
    with pytest.raises(AddressTaken):
        accept(invitation, digest)


def test_every_step_is_in_the_tenants_trail_and_no_secret_is(person, mailoutbox) -> None:
    invitation = invite(person)
    invitations.resend(invitation, by=person)
    digest = sent(invitation, mailoutbox)
    accept(invitation, digest)
    invitations.withdraw(invite(person, "other@example.com"), by=person)
    trail = AuditEvent.objects.filter(client=person.client).order_by("id")
    assert [event.what for event in trail] == [
        "invitation_made",
        "invitation_sent_again",
        "invitation_accepted",
        "invitation_made",
        "invitation_withdrawn",
    ]
    assert trail[2].who == User.objects.get(username=EMAIL)
    assert not {digest, PASSWORD} & set(re.findall(r"[\w-]+", str(list(trail.values()))))
