"""Connecting a tenant's AWS accounts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Client, User
from apps.accounts.services import audit
from apps.fleet.errors import AccountTaken, AccountUnknown, ConnectionInvalid
from apps.fleet.models import CloudAccount
from apps.fleet.services.discovery import discover_soon

from .saving import save_checked

ACCOUNT_ID = re.compile(r"\d{12}")
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+")
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")  # what STS takes
REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d")
QUEUE_URL = re.compile(r"https?://[^\s/]+/\S+")


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What is needed to reach an AWS account; checked when it is made. Raises ConnectionInvalid."""

    name: str
    account_id: str
    role_arn: str
    external_id: str
    regions: Sequence[str]
    queue_url: str

    def __post_init__(self) -> None:
        _match(ACCOUNT_ID, "Account id", self.account_id, "it is twelve digits")
        role = _match(ROLE_ARN, "Role", self.role_arn, "it looks like arn:aws:iam::<account>:role/<name>")
        if role[1] != self.account_id:
            raise ConnectionInvalid(
                what="Role", value=self.role_arn, why=f"it is not of account {self.account_id}"
            )
        if not EXTERNAL_ID.fullmatch(self.external_id):
            # The value is a secret between us and the tenant's role: it is not repeated.
            raise ConnectionInvalid(
                what="External id", value="…", why="STS takes 2 to 1224 of A-Za-z0-9+=,.@:/-_"
            )
        if not self.regions:
            raise ConnectionInvalid(what="Regions", value="", why="at least one is needed")
        for region in self.regions:
            _match(REGION, "Region", region, "it looks like us-east-1")
        if self.queue_url:
            _match(QUEUE_URL, "Queue URL", self.queue_url, "it is the http(s) address of an SQS queue")


@transaction.atomic
def connect_account(client: Client, details: AccountDetails, *, by: User | None) -> CloudAccount:
    """The tenant's account of this name, with these details; created where there is none.

    Raises AccountTaken, ConnectionInvalid.
    """
    account = CloudAccount.objects.filter(client=client, name=details.name).first()
    account = account or CloudAccount(client=client, name=details.name)
    others = CloudAccount.objects.filter(aws_account_id=details.account_id, connected_at__isnull=False)
    if others.exclude(pk=account.pk).exists():
        raise AccountTaken(account_id=details.account_id)
    before = _shown(account)
    created = account._state.adding
    account.aws_account_id = details.account_id
    account.role_arn, account.external_id = details.role_arn, details.external_id
    account.regions, account.queue_url = list(details.regions), details.queue_url
    account.connected_at = account.connected_at or timezone.now()
    account.queue_problem = ""  # the reader says so anew where it is still true
    save_checked(account, "Account")
    what = "account_connected" if created else "account_changed"
    was, now = audit.difference(before, _shown(account))
    if created or now:
        discover_soon(account)
        audit.record(what, target=account, by=by, client=client, before=was, after=now)
    return account


def account_named(client: Client, name: str) -> CloudAccount:
    """The tenant's account of this name. Raises AccountUnknown."""
    account = CloudAccount.objects.filter(client=client, name=name).first()
    if account is None:
        raise AccountUnknown(client=client.name, account=name)
    return account


def _shown(account: CloudAccount) -> dict[str, object]:
    """What the trail may keep of an account: the external id is not in it."""
    names = ("aws_account_id", "role_arn", "regions", "queue_url")
    return {name: getattr(account, name) for name in names}


def _match(pattern: re.Pattern[str], what: str, value: str, why: str) -> re.Match[str]:
    match = pattern.fullmatch(value)
    if match is None:
        raise ConnectionInvalid(what=what, value=value, why=why)
    return match
