"""`manage.py account_policy`: what a role must hold, for scripts and for operators."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.fleet.services.access_policy import permission_policy
from tests.factories import CloudAccountFactory

from .cloud_accounts import PLATFORM

pytestmark = pytest.mark.django_db


def printed(*arguments: str) -> dict:
    out = StringIO()
    call_command("account_policy", *arguments, stdout=out)
    (line,) = out.getvalue().splitlines()
    return json.loads(line)


def test_alone_it_prints_the_policy_of_any_account() -> None:
    assert printed() == {"policy": permission_policy(), "trust": None}


def test_of_an_account_it_prints_whom_the_role_trusts(settings) -> None:
    settings.AWS_PLATFORM_PRINCIPAL = PLATFORM
    account = CloudAccountFactory()
    answer = printed("--client", account.client.name, "--account", account.name)
    [statement] = answer["trust"]["Statement"]
    assert statement["Condition"]["StringEquals"] == {"sts:ExternalId": account.external_id}
    assert account.aws_account_id in json.dumps(answer["policy"])


def test_an_account_without_its_client_is_refused() -> None:
    with pytest.raises(CommandError, match="belong together"):
        printed("--account", "production")


def test_without_a_principal_it_is_one_sentence(settings) -> None:
    settings.AWS_PLATFORM_PRINCIPAL = ""
    account = CloudAccountFactory()
    with pytest.raises(CommandError, match="PLATFORM_PRINCIPAL_ARN"):
        printed("--client", account.client.name, "--account", account.name)
