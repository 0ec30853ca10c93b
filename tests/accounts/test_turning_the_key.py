"""A new key takes over from an old one without anything being lost or read by the wrong one."""

import json
from io import StringIO

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from apps.accounts.encryption import EncryptedTextField, cipher
from apps.accounts.services import second_factor
from apps.fleet.models import CloudAccount, Cluster
from tests.accounts.enrolling import enrolled
from tests.factories import AdminFactory, ClusterFactory

pytestmark = pytest.mark.django_db
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def keys(settings: Settings):
    """Sets the keys as a restarted process would have them."""

    def restart(*names: str) -> None:
        settings.FIELD_ENCRYPTION_KEYS = list(names)
        cipher.cache_clear()

    yield restart
    cipher.cache_clear()


def reencrypt() -> dict[str, int]:
    out = StringIO()
    call_command("reencrypt", stdout=out)
    return json.loads(out.getvalue())["written"]


def test_after_it_the_old_key_is_not_needed_any_more(keys) -> None:
    keys(OLD)
    cluster = ClusterFactory(kubeconfig="apiVersion: v1\n", account__external_id="between-us")
    operator = AdminFactory()
    app, _ = enrolled(operator)

    keys(NEW, OLD)
    written = reencrypt()

    assert written == {"fleet.CloudAccount": 1, "fleet.Cluster": 1, "mfa.Authenticator": 2}
    keys(NEW)
    assert CloudAccount.objects.get(pk=cluster.account_id).external_id == "between-us"
    assert Cluster.objects.get(pk=cluster.pk).kubeconfig == "apiVersion: v1\n"
    second_factor.check_code(operator, app.code())


def test_every_encrypted_field_of_the_product_is_written(keys) -> None:
    keys(OLD)
    ClusterFactory()
    keys(NEW, OLD)
    fields = [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, EncryptedTextField)
    ]
    assert len(fields) >= 2

    def stored() -> list[str]:
        values = []
        for table, column in fields:
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT "{column}" FROM "{table}"')
                values += [value for (value,) in cursor.fetchall() if value]
        return values

    def opened_by(key: str) -> int:
        count = 0
        for value in stored():
            try:
                Fernet(key).decrypt(value.encode())
                count += 1
            except InvalidToken:
                continue
        return count

    assert opened_by(OLD) == len(stored()) > 0
    reencrypt()
    assert (opened_by(OLD), opened_by(NEW)) == (0, len(stored()))
