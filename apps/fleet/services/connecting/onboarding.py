"""A tenant connects an account: a draft first, its role when it is made, connected once a test has passed."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Client, User
from apps.accounts.services import audit
from apps.fleet.errors import AccountInUse, AccountTaken, AccountUntested, ConnectionInvalid
from apps.fleet.models import CloudAccount, ConnectionTest
from apps.fleet.services.discovery import discover_soon

from . import checking
from .accounts import shown
from .saving import check_fields, save_checked

EXTERNAL_ID_BYTES = 24
# What a new role, region or queue makes untrue.
TESTED = ("role_arn", "regions", "queue_url")
NAMED = 3


@transaction.atomic
def start_account(
    client: Client, *, name: str, aws_account_id: str, regions: Sequence[str], by: User
) -> CloudAccount:
    """A draft with an external id of its own, which nobody chose. Nothing of AWS is called for it.

    Whoever claims another's account comes no further: its role would have to trust that id. Raises
    ConnectionInvalid, AccountTaken where the tenant itself has connected it already.
    """
    checking.check_account_id(aws_account_id)
    checking.check_regions(regions)
    _lock(client)
    _refuse_taken_name(client, name)
    if client.accounts.filter(aws_account_id=aws_account_id, connected_at__isnull=False).exists():
        raise AccountTaken(account_id=aws_account_id)
    account = CloudAccount(client=client, name=name, aws_account_id=aws_account_id, regions=list(regions))
    # A word before it: beginning with a dash it would be an option to whoever types it into a command.
    account.external_id = f"atharva-{secrets.token_urlsafe(EXTERNAL_ID_BYTES)}"
    save_checked(account, "Account")
    audit.record("account_started", target=account, by=by, client=client, after=shown(account))
    return account


@transaction.atomic
def change_account(account: CloudAccount, changes: Mapping[str, Any], *, by: User) -> CloudAccount:
    """The account with `changes` of name, role_arn, regions and queue_url.

    What a test said of another role, region or queue is forgotten. Raises ConnectionInvalid, AccountInUse.
    """
    _lock(account.client)
    account = CloudAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    before = shown(account)
    for name, value in changes.items():
        setattr(account, name, value)
    was, now = audit.difference(before, shown(account))
    if not now:
        return account
    _check(account, now)
    if "queue_url" in now:
        account.queue_problem = ""  # the reader says so anew where it is still true
    save_checked(account, "Account")
    if now.keys() & set(TESTED):
        account.tests.filter(cluster=None).delete()
        discover_soon(account)
    audit.record("account_changed", target=account, by=by, client=account.client, before=was, after=now)
    return account


@transaction.atomic
def connect(account: CloudAccount, *, by: User) -> CloudAccount:
    """The account, in use from now on and discovered at once; one that is connected stays so.

    Raises AccountUntested, AccountTaken.
    """
    account = CloudAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if account.connected_at is not None:
        return account
    if why := why_not_yet(account):
        raise AccountUntested(account=account.name, why=why)
    _refuse_taken(account)
    account.connected_at = timezone.now()
    try:
        with transaction.atomic():
            account.save(update_fields=["connected_at"])
    except IntegrityError as error:
        raise AccountTaken(account_id=account.aws_account_id) from error
    discover_soon(account)
    audit.record("account_connected", target=account, by=by, client=account.client, after=shown(account))
    return account


@transaction.atomic
def disconnect(account: CloudAccount, *, by: User) -> CloudAccount:
    """The account as a draft again: nothing of it is read any more. Raises AccountInUse."""
    account = CloudAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if account.connected_at is None:
        return account
    _refuse_in_use(account)
    account.connected_at, account.problem, account.queue_problem = None, "", ""
    account.save(update_fields=["connected_at", "problem", "queue_problem"])
    account.tests.filter(cluster=None).delete()
    audit.record("account_disconnected", target=account, by=by, client=account.client)
    return account


@transaction.atomic
def remove_draft(account: CloudAccount, *, by: User) -> None:
    """Forget an account that was never of use. Raises AccountInUse where it is, or was once."""
    account = CloudAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if account.connected_at is not None or account.clusters.exists() or account.instances.exists():
        raise AccountInUse(account=account.name, clusters="what was seen in it")
    audit.record("account_removed", target=account, by=by, client=account.client, before=shown(account))
    account.delete()


def why_not_yet(account: CloudAccount) -> str:
    """What its newest test leaves to do before it can be connected; empty when nothing."""
    test = ConnectionTest.objects.filter(account=account, cluster=None).first()
    if test is None:
        return "its connection was not tested yet"
    if test.finished_at is None:
        return "its test is still running"
    if test.problem:
        return f"its last test could try nothing. {test.problem}".rstrip(".")
    if test.missing:
        more = len(test.missing) - NAMED
        named = ", ".join(test.missing[:NAMED])
        return f"the last test was refused {named}{f' and {more} more' if more > 0 else ''}"
    return ""


def _check(account: CloudAccount, changed: Mapping[str, object]) -> None:
    check_fields(account, "Account")
    if "name" in changed:
        _refuse_taken_name(account.client, account.name)
    if "role_arn" in changed:
        checking.check_role(account.role_arn, account.aws_account_id)
    if "queue_url" in changed:
        checking.check_own_queue(account.queue_url, account.aws_account_id)
    if "regions" in changed:
        checking.check_regions(account.regions)
        _refuse_in_use_outside(account)


def _lock(client: Client) -> None:
    """Two people who name two accounts alike are told so, instead of meeting in the constraint."""
    Client.objects.select_for_update().get(pk=client.pk)


def _refuse_taken_name(client: Client, name: str) -> None:
    if client.accounts.filter(name=name).exists():
        raise ConnectionInvalid(what="Name", value=name, why="another account is called so")


def _refuse_taken(account: CloudAccount) -> None:
    """What another tenant's row knows of the AWS account stays that tenant's until it is gone."""
    others = CloudAccount.objects.filter(aws_account_id=account.aws_account_id).exclude(pk=account.pk)
    if others.filter(Q(connected_at__isnull=False) | Q(instances__isnull=False)).exists():
        raise AccountTaken(account_id=account.aws_account_id)


def _refuse_in_use(account: CloudAccount) -> None:
    names = list(account.clusters.filter(left_at=None).values_list("name", flat=True))
    if names:
        raise AccountInUse(account=account.name, clusters=f"clusters: {', '.join(names)}")


def _refuse_in_use_outside(account: CloudAccount) -> None:
    """A region stays as long as a cluster is in it."""
    there = account.clusters.filter(left_at=None).exclude(region__in=account.regions)
    for name, region in there.values_list("name", "region"):
        raise AccountInUse(account=account.name, clusters=f"cluster {name} in {region}")
