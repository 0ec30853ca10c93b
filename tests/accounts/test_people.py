"""People are made, changed and archived by administrators; what they may no longer do ends at once."""

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection, connections
from django.test import Client as Browser
from django.utils import timezone

from apps.accounts.errors import (
    CompanyTaken,
    EmailTaken,
    LastAdmin,
    OneselfUntouchable,
    TenantGone,
    TenantNeeded,
    TenantNotForRole,
)
from apps.accounts.models import AuditEvent, Client, Role, User, UserStatus
from apps.accounts.selectors.people import departure_of, people
from apps.accounts.services.people import change_person, create_person, delete_person
from atharva.api.problems import Missing, Problem
from tests.factories import (
    AdminFactory,
    ApiTokenFactory,
    ClientFactory,
    ClientUserFactory,
    CloudAccountFactory,
    ClusterFactory,
    InvitationFactory,
    LabFactory,
    TokenFamilyFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return AdminFactory()


def made(admin: User, **fields) -> tuple[User, str]:
    usual = {"name": "Ada", "email": "Ada@Example.com", "role": Role.CLIENT, "client": ClientFactory()}
    return create_person(**usual | fields, by=admin)


@pytest.mark.requirement("6.3")
def test_a_new_person_signs_in_with_the_password_that_was_made(admin) -> None:
    user, password = made(admin)
    assert user.username == user.email == "ada@example.com"
    answer = Browser().post(
        "/api/auth/login", {"username": user.username, "password": password}, content_type="application/json"
    )
    assert answer.json()["dashboard_url"] == f"/clients/{user.client_id}/topology"


def test_the_password_is_kept_hashed_and_in_no_trail(admin) -> None:
    user, password = made(admin)
    stored = User.objects.get(pk=user.pk).password
    assert check_password(password, stored)
    assert password not in str(list(AuditEvent.objects.values()))


def test_a_tenant_is_made_together_with_its_first_person(admin) -> None:
    user, _ = made(admin, client=None, company=" Beta ")
    assert user.client.name == "Beta"
    assert [event.what for event in AuditEvent.objects.order_by("id")] == ["client_created", "user_created"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"client": None}, TenantNeeded),
        ({"role": Role.LAB}, TenantNotForRole),
        ({"email": "TAKEN@example.com"}, EmailTaken),
        ({"client": None, "company": "acme corp"}, CompanyTaken),
    ],
)
def test_what_cannot_be_made_leaves_nothing_behind(admin, fields, problem) -> None:
    ClientUserFactory(username="taken@example.com", client=ClientFactory(name="Acme Corp"))
    with pytest.raises(problem):
        made(admin, **fields)
    assert User.objects.count() == 2
    assert not AuditEvent.objects.exists()


def test_nobody_is_put_into_an_archived_tenant(admin) -> None:
    with pytest.raises(TenantGone):
        made(admin, client=ClientFactory(deleted_at=timezone.now()))


def test_an_invitation_of_the_same_address_is_withdrawn(admin) -> None:
    invitation = InvitationFactory(email="ada@example.com")
    made(admin)
    invitation.refresh_from_db()
    assert invitation.withdrawn_at


@pytest.mark.requirement("6.8")
@pytest.mark.parametrize(
    "change", [{"role": Role.LAB}, {"status": UserStatus.BLOCKED}, {"client": "another"}], ids=str
)
def test_a_change_of_access_ends_every_session_and_token(admin, change) -> None:
    user = ClientUserFactory()
    browser = Browser()
    browser.force_login(user)
    family, token = TokenFamilyFactory(user=user), ApiTokenFactory(user=user)
    if "client" in change:
        change = {"client": ClientFactory()}
    change_person(user, by=admin, **change)
    family.refresh_from_db()
    token.refresh_from_db()
    assert family.ended_at
    assert token.revoked_at
    assert browser.get("/api/auth/me").status_code == 401


def test_a_new_name_leaves_the_sessions_alone(admin) -> None:
    user, browser = ClientUserFactory(), Browser()
    browser.force_login(user)
    assert change_person(user, by=admin, name="Another").name == "Another"
    assert browser.get("/api/auth/me").status_code == 200


@pytest.mark.requirement("6.8")
def test_one_change_of_role_and_status_is_one_line_with_before_and_after(admin) -> None:
    user = ClientUserFactory(client=ClientFactory())
    change_person(user, by=admin, role=Role.LAB, status=UserStatus.BLOCKED)
    event = AuditEvent.objects.get(what="user_blocked")
    assert (event.before, event.after) == (
        {"role": "client", "status": "active"},
        {"role": "lab", "status": "blocked"},
    )
    assert (event.who, event.client) == (admin, user.client)


def test_a_change_to_what_is_already_so_changes_nothing(admin) -> None:
    user, browser = ClientUserFactory(), Browser()
    browser.force_login(user)
    change_person(user, by=admin, role=Role.CLIENT, status=UserStatus.ACTIVE, client=user.client)
    assert not AuditEvent.objects.exists()
    assert browser.get("/api/auth/me").status_code == 200


def test_what_is_not_named_stays_however_old_the_row_in_hand_is(admin) -> None:
    user = ClientUserFactory()
    stale = User.objects.get(pk=user.pk)
    change_person(user, by=admin, role=Role.LAB)
    changed = change_person(stale, by=admin, status=UserStatus.BLOCKED)
    assert (changed.role, changed.status, changed.client) == (Role.LAB, UserStatus.BLOCKED, None)


def test_leaving_the_role_client_leaves_the_tenant_and_entering_it_needs_one(admin) -> None:
    user = LabFactory()
    with pytest.raises(TenantNeeded):
        change_person(user, by=admin, role=Role.CLIENT)
    assert change_person(user, by=admin, role=Role.CLIENT, client=ClientFactory()).client
    with pytest.raises(TenantNeeded):
        change_person(user, by=admin, client=None)
    with pytest.raises(TenantNotForRole):
        change_person(user, by=admin, role=Role.LAB, client=ClientFactory())
    assert change_person(user, by=admin, role=Role.LAB).client is None


def test_neither_tenant_learns_from_its_trail_where_somebody_went_or_came_from(admin) -> None:
    old, new = ClientFactory(name="Old"), ClientFactory(name="New")
    change_person(ClientUserFactory(client=old), by=admin, client=new)
    assert "New" not in str(AuditEvent.objects.filter(client=old).values("before", "after"))
    assert AuditEvent.objects.get(client=old, what="user_left").before == {"client": "Old"}
    assert AuditEvent.objects.get(client=new).after == {"client": "New"}


@pytest.mark.parametrize(
    "act",
    [
        lambda admin: change_person(admin, by=admin, role=Role.LAB),
        lambda admin: change_person(admin, by=admin, status=UserStatus.BLOCKED),
        lambda admin: delete_person(admin, by=admin),
    ],
)
def test_nobody_blocks_demotes_or_deletes_themselves(admin, act) -> None:
    AdminFactory()
    with pytest.raises(OneselfUntouchable):
        act(admin)
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == (Role.ADMIN, True)


def test_the_last_active_admin_stays(admin) -> None:
    former = AdminFactory(status=UserStatus.BLOCKED)
    AdminFactory(deleted_at=timezone.now())
    for act in (
        lambda: change_person(admin, by=former, role=Role.LAB),
        lambda: change_person(admin, by=former, status=UserStatus.BLOCKED),
        lambda: delete_person(admin, by=former),
    ):
        with pytest.raises(LastAdmin):
            act()


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_at_once_leave_one() -> None:
    one, two = AdminFactory(), AdminFactory()
    refused = at_once(
        lambda: change_person(two, by=one, role=Role.LAB), lambda: change_person(one, by=two, role=Role.LAB)
    )
    assert [type(problem) for problem in refused] == [LastAdmin]
    assert User.objects.filter(role=Role.ADMIN).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_address_is_given_once_however_many_ask_at_once(admin) -> None:
    tenant = ClientFactory()
    refused = at_once(*[lambda: made(admin, client=tenant)] * 3)
    assert [type(problem) for problem in refused] == [EmailTaken] * 2
    assert User.objects.filter(email="ada@example.com").count() == 1


@pytest.mark.requirement("6.10")
def test_a_deleted_person_is_archived_and_cannot_come_in(admin) -> None:
    user, browser = ClientUserFactory(), Browser()
    browser.force_login(user)
    delete_person(user, by=admin)
    user.refresh_from_db()
    assert user.deleted_at
    assert browser.get("/api/auth/me").status_code == 401
    assert user not in people()
    assert AuditEvent.objects.get(what="user_deleted").before["role"] == "client"


@pytest.mark.requirement("6.10")
def test_the_address_of_somebody_deleted_is_free_for_somebody_new(admin) -> None:
    user, _ = made(admin)
    delete_person(user, by=admin)
    again, _ = made(admin)
    assert again.pk != user.pk


def test_a_second_deletion_and_a_change_of_somebody_deleted_find_nobody(admin) -> None:
    user = ClientUserFactory()
    delete_person(user, by=admin)
    with pytest.raises(Missing):
        delete_person(user, by=admin)
    with pytest.raises(Missing):
        change_person(user, by=admin, status=UserStatus.BLOCKED)


def test_invitations_that_somebody_deleted_sent_are_withdrawn(admin) -> None:
    user = ClientUserFactory()
    theirs, others = InvitationFactory(invited_by=user, client=user.client), InvitationFactory()
    delete_person(user, by=admin)
    theirs.refresh_from_db()
    others.refresh_from_db()
    assert theirs.withdrawn_at
    assert not others.withdrawn_at


def test_the_last_person_takes_an_empty_tenant_along_and_its_name_is_free(admin) -> None:
    tenant = ClientFactory(name="Beta")
    first, last = ClientUserFactory(client=tenant), ClientUserFactory(client=tenant)
    delete_person(first, by=admin)
    tenant.refresh_from_db()
    assert not tenant.deleted_at
    delete_person(last, by=admin)
    tenant.refresh_from_db()
    assert tenant.deleted_at
    assert Client.objects.create(name="Beta")


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        (lambda tenant: ClusterFactory.create_batch(3, account__client=tenant), "3 clusters are connected"),
        (lambda tenant: CloudAccountFactory(client=tenant), "1 AWS account is connected"),
        (lambda tenant: InvitationFactory(client=tenant), "1 invitation is open"),
    ],
)
def test_a_tenant_with_something_connected_stays_and_it_is_said_why(admin, hold, words) -> None:
    user = ClientUserFactory()
    hold(user.client)
    assert departure_of(user).holds == [words]
    delete_person(user, by=admin)
    assert not Client.objects.get(pk=user.client_id).deleted_at


def test_what_ends_with_somebody_is_counted_in_few_queries(
    admin, django_assert_max_num_queries: Callable
) -> None:
    user = ClientUserFactory()
    TokenFamilyFactory.create_batch(2, user=user)
    TokenFamilyFactory(user=user, ended_at=timezone.now())
    ApiTokenFactory(user=user)
    InvitationFactory(invited_by=user)
    with django_assert_max_num_queries(7):
        departure = departure_of(user)
    assert (departure.sign_ins, departure.api_tokens, departure.invitations) == (2, 1, 1)
    assert departure.is_last_of_tenant


def at_once(*acts: Callable[[], object]) -> list[Problem]:
    """Do these things side by side, each on a connection of its own; what was refused."""
    refused: list[Problem] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait(timeout=30)
        try:
            act()
        except Problem as problem:
            refused.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert connection.is_usable()
    return refused
