"""The commands by which an installation gets its first people."""

import json
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from apps.accounts.models import AuditEvent, Client, User
from tests.factories import PASSWORD, AdminFactory, ClientFactory

pytestmark = pytest.mark.django_db


def answer(*arguments: str) -> dict[str, str]:
    out = StringIO()
    call_command(*arguments, stdout=out)
    (line,) = out.getvalue().splitlines()
    return json.loads(line)


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command(*arguments)
    sentence = str(error.value)
    assert "\n" not in sentence
    return sentence


@pytest.fixture
def secret(monkeypatch) -> str:
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)
    return "THE_PASSWORD"


def test_a_client_is_made_once() -> None:
    first, second = answer("ensure_client", "Acme Corp"), answer("ensure_client", "Acme Corp")
    assert first == second == {"client_id": str(Client.objects.get().pk)}
    assert AuditEvent.objects.filter(what="client_created").count() == 1


def test_a_person_is_made_once_and_can_sign_in(secret) -> None:
    ClientFactory(name="Acme Corp")
    arguments = ("ensure_user", "acme", "--role", "client", "--client", "Acme Corp", "--password-env", secret)
    first, second = answer(*arguments), answer(*arguments)
    user = User.objects.get()
    assert first == second == {"user_id": str(user.pk), "username": "acme"}
    assert user.check_password(PASSWORD)
    assert user.client.name == "Acme Corp"
    assert [event.what for event in AuditEvent.objects.filter(what__startswith="user")] == ["user_created"]


def test_a_password_is_stored_in_no_trail(secret) -> None:
    answer("ensure_user", "root", "--role", "admin", "--password-env", secret)
    assert PASSWORD not in str(list(AuditEvent.objects.values()))


def test_an_unchanged_person_keeps_their_sessions(secret, client) -> None:
    client.force_login(AdminFactory(username="root", name="Root"))
    answer("ensure_user", "root", "--role", "admin", "--name", "Root", "--password-env", secret)
    assert client.get("/api/auth/me").status_code == 200


def test_each_refusal_is_one_sentence_that_names_the_thing(secret, monkeypatch) -> None:
    assert "Nobody Inc" in refusal(
        "ensure_user", "a", "--role", "client", "--client", "Nobody Inc", "--password-env", secret
    )
    assert "needs a client" in refusal("ensure_user", "a", "--role", "client", "--password-env", secret)
    assert "NOT_SET" in refusal("ensure_user", "a", "--role", "admin", "--password-env", "NOT_SET")
    monkeypatch.setenv("WEAK", "password")
    assert "too common" in refusal("ensure_user", "a", "--role", "admin", "--password-env", "WEAK")
    assert not User.objects.exists()


def test_a_new_key_is_one_that_the_settings_take() -> None:
    Fernet(answer("new_key")["key"])
