"""A full discovery is due every five minutes, and at once after something was connected."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import CloudAccount
from apps.fleet.services.connecting import AccountDetails, connect_account
from apps.fleet.services.discovery import claim_due, discover_soon
from tests.factories import ClientFactory, CloudAccountFactory

pytestmark = pytest.mark.django_db


def test_an_account_is_given_to_one_caller_and_due_again_after_five_minutes() -> None:
    account, now = CloudAccountFactory(), timezone.now()
    assert claim_due(now) == [account.pk]
    assert claim_due(now + timedelta(minutes=4)) == []
    assert claim_due(now + timedelta(minutes=5)) == [account.pk]


def test_what_changed_is_due_at_once() -> None:
    account = CloudAccountFactory()
    claim_due(timezone.now())
    discover_soon(account)
    assert claim_due(timezone.now()) == [account.pk]


def test_a_connected_account_is_due_and_one_connected_again_unchanged_is_not() -> None:
    client = ClientFactory()
    role = "arn:aws:iam::123456789012:role/atharva"
    details = AccountDetails("main", "123456789012", role, "external", ["us-east-1"], "")
    connect_account(client, details, by=None)
    assert claim_due(timezone.now()) == [CloudAccount.objects.get().pk]
    connect_account(client, details, by=None)
    assert claim_due(timezone.now()) == []
