"""AWS accounts as operators connect them, by command and in one go."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Client, User
from apps.accounts.services import audit
from apps.fleet.errors import AccountTaken, AccountUnknown
from apps.fleet.models import CloudAccount
from apps.fleet.services.discovery import discover_soon

from . import checking
from .saving import save_checked


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
        checking.check_account_id(self.account_id)
        checking.check_role(self.role_arn, self.account_id)
        checking.check_external_id(self.external_id)
        checking.check_regions(self.regions)
        checking.check_queue(self.queue_url)


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
    before = shown(account)
    created = account._state.adding
    account.aws_account_id = details.account_id
    account.role_arn, account.external_id = details.role_arn, details.external_id
    account.regions, account.queue_url = list(details.regions), details.queue_url
    account.connected_at = account.connected_at or timezone.now()
    account.queue_problem = ""  # the reader says so anew where it is still true
    save_checked(account, "Account")
    what = "account_connected" if created else "account_changed"
    was, now = audit.difference(before, shown(account))
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


def shown(account: CloudAccount) -> dict[str, object]:
    """What the trail may keep of an account: the external id is not in it."""
    names = ("name", "aws_account_id", "role_arn", "regions", "queue_url")
    return {name: getattr(account, name) for name in names}
