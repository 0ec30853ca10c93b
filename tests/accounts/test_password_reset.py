"""A forgotten password: who gets a link, how long it holds, and that nobody learns who is here."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from apps.accounts.errors import PasswordRefused, ResetLinkVoid
from apps.accounts.links import reset_tokens
from apps.accounts.models import AuditEvent, UserStatus
from apps.accounts.services import password_reset
from apps.accounts.services.sessions import end_sessions
from apps.accounts.tasks.mail import send_password_reset
from tests.factories import PASSWORD, AdminFactory, ClientUserFactory, TokenFamilyFactory

pytestmark = pytest.mark.django_db
NEW = "a-quite-different-horse-77"


def link_of(letter) -> tuple[str, str]:
    """The two parts of a letter's link: whose password, and the token."""
    return re.search(r"/reset-password/([\w-]+)/([\w-]+)", letter.body).groups()


@pytest.fixture
def user():
    return ClientUserFactory()


@pytest.fixture
def link(user, mailoutbox) -> tuple[str, str]:
    send_password_reset(user.username)
    return link_of(mailoutbox.pop())


@pytest.mark.parametrize("name", ["ada", "ADA", "Ada@Example.com"])
def test_a_person_is_found_by_username_or_address(name, mailoutbox) -> None:
    ClientUserFactory(username="ada", email="ada@example.com")
    send_password_reset(name)
    assert [letter.to for letter in mailoutbox] == [["ada@example.com"]]


def test_each_of_several_people_at_one_address_gets_a_link_of_their_own(mailoutbox) -> None:
    people = [ClientUserFactory(username=name, email="team@example.com") for name in ("ada", "bob")]
    send_password_reset("team@example.com")
    assert {password_reset.holder_of(*link_of(letter)) for letter in mailoutbox} == set(people)


@pytest.mark.parametrize(
    "fields", [{"status": UserStatus.BLOCKED}, {"deleted_at": timezone.now()}, {"email": ""}]
)
def test_the_blocked_the_deleted_and_who_has_no_address_get_no_link(fields, mailoutbox) -> None:
    send_password_reset(ClientUserFactory(**fields).username)
    send_password_reset("nobody@example.com")
    assert not mailoutbox


def test_the_new_password_ends_every_session_and_is_told_and_recorded(
    user, client, mailoutbox, at_once, django_capture_on_commit_callbacks
) -> None:
    client.force_login(user)
    family = TokenFamilyFactory(user=user)
    send_password_reset(user.username)
    link = link_of(mailoutbox.pop())
    with django_capture_on_commit_callbacks(execute=True):
        password_reset.reset_password(*link, password=NEW)
    user.refresh_from_db()
    family.refresh_from_db()
    assert user.check_password(NEW)
    assert family.ended_at
    assert client.get("/account").status_code == 302
    assert [letter.subject for letter in mailoutbox] == ["Your password was changed at Atharva.AI"]
    assert AuditEvent.objects.get(what="password_reset").who == user


def test_a_link_works_once(link) -> None:
    password_reset.reset_password(*link, password=NEW)
    with pytest.raises(ResetLinkVoid):
        password_reset.reset_password(*link, password=PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_follow_a_link_at_once_one_changes_the_password(mailoutbox) -> None:
    send_password_reset(ClientUserFactory().username)
    link = link_of(mailoutbox[0])

    def follow(number: int) -> str:
        try:
            password_reset.reset_password(*link, password=f"{NEW}-{number}")
            return "changed"
        except ResetLinkVoid:
            return "void"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(follow, range(4))) == ["changed", "void", "void", "void"]


def signs_in(user) -> None:
    user.last_login = timezone.now()
    user.save()


def is_blocked(user) -> None:
    user.status = UserStatus.BLOCKED
    user.save()


def is_deleted(user) -> None:
    user.deleted_at = timezone.now()
    user.save()


def changes_address(user) -> None:
    user.email = "elsewhere@example.com"
    user.save()


@pytest.mark.parametrize("change", [signs_in, is_blocked, is_deleted, changes_address, end_sessions])
def test_a_link_is_void_once_the_person_signs_in_or_changes(user, link, change) -> None:
    assert password_reset.holder_of(*link) == user
    change(user)
    with pytest.raises(ResetLinkVoid):
        password_reset.holder_of(*link)


def test_a_link_holds_for_an_hour(user, link, monkeypatch) -> None:
    now = reset_tokens._now()
    monkeypatch.setattr(reset_tokens, "_now", lambda: now + timedelta(minutes=59))
    assert password_reset.holder_of(*link) == user
    monkeypatch.setattr(reset_tokens, "_now", lambda: now + timedelta(minutes=61))
    with pytest.raises(ResetLinkVoid):
        password_reset.holder_of(*link)


def test_one_persons_link_opens_nobody_else_and_no_other_text_opens_any(user, link, mailoutbox) -> None:
    send_password_reset(AdminFactory().username)
    other, _ = link_of(mailoutbox[0])
    key, token = link
    for wrong in ((other, token), (key, ""), (key, token[:-1]), (key, "a-b"), ("", token), ("%00", token)):
        with pytest.raises(ResetLinkVoid):
            password_reset.holder_of(*wrong)


def test_a_weak_password_is_refused_and_the_link_still_holds(user, link) -> None:
    with pytest.raises(PasswordRefused):
        password_reset.reset_password(*link, password="password")
    assert password_reset.holder_of(*link) == user
