"""An account is connected once, checked before it is stored, and keeps its secret."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import AuditEvent
from apps.fleet.models import CloudAccount
from tests.factories import ClientFactory, CloudAccountFactory

pytestmark = pytest.mark.django_db
GOOD = {
    "--client": "Acme Corp",
    "--name": "production",
    "--account-id": "123456789012",
    "--role-arn": "arn:aws:iam::123456789012:role/atharva",
    "--external-id": "kept-between-us",
    "--regions": "us-east-1, eu-west-1",
    "--queue-url": "http://127.0.0.1:4566/123456789012/events",
}


def connect(**changes: str) -> dict[str, str]:
    out = StringIO()
    arguments = {**GOOD, **{f"--{name.replace('_', '-')}": value for name, value in changes.items()}}
    call_command("connect_account", *(part for pair in arguments.items() for part in pair), stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def _client() -> None:
    ClientFactory(name="Acme Corp")


def test_the_same_account_twice_is_one_account_and_one_line_of_trail() -> None:
    assert connect() == connect()
    account = CloudAccount.objects.get()
    assert account.regions == ["us-east-1", "eu-west-1"]
    assert AuditEvent.objects.filter(what__startswith="account").count() == 1


def test_the_external_id_is_encrypted_and_in_no_trail() -> None:
    connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT external_id FROM fleet_cloudaccount")
        assert "kept-between-us" not in cursor.fetchone()[0]
    assert CloudAccount.objects.get().external_id == "kept-between-us"
    assert "kept-between-us" not in str(list(AuditEvent.objects.values()))


def test_a_changed_account_is_changed_and_says_so_in_the_trail() -> None:
    connect()
    connect(regions="us-east-1")
    event = AuditEvent.objects.get(what="account_changed")
    assert (event.before, event.after) == (
        {"regions": ["us-east-1", "eu-west-1"]},
        {"regions": ["us-east-1"]},
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"client": "Nobody Inc"}, "Nobody Inc"),
        ({"account_id": "1234"}, "1234"),
        ({"role_arn": "atharva"}, "atharva"),
        ({"role_arn": "arn:aws:iam::999999999999:role/x"}, "not of account 123456789012"),
        ({"external_id": "a b"}, "External id"),
        ({"regions": ""}, "at least one"),
        ({"regions": "us-east-1,mars"}, "mars"),
        ({"queue_url": "events"}, "events"),
        ({"name": "n" * 81}, "80"),
    ],
)
def test_each_mistake_is_one_sentence_and_stores_nothing(changes, named) -> None:
    with pytest.raises(CommandError) as error:
        connect(**changes)
    assert named in str(error.value)
    assert not CloudAccount.objects.exists()


def test_an_account_of_another_tenant_is_refused() -> None:
    CloudAccountFactory(aws_account_id="123456789012")
    with pytest.raises(CommandError, match="123456789012 is connected already"):
        connect()
