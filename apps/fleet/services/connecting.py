"""Connecting a tenant's AWS accounts and clusters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models, transaction

from apps.accounts.models import Client, User
from apps.accounts.services import audit

from ..errors import AccountTaken, AccountUnknown, ConnectionInvalid
from ..kube.api import kube_for
from ..models import CloudAccount, Cluster, Policy
from .discovery import discover_soon

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
    if CloudAccount.objects.filter(aws_account_id=details.account_id).exclude(pk=account.pk).exists():
        raise AccountTaken(account_id=details.account_id)
    before = _shown(account)
    created = account._state.adding
    account.aws_account_id = details.account_id
    account.role_arn, account.external_id = details.role_arn, details.external_id
    account.regions, account.queue_url = list(details.regions), details.queue_url
    account.queue_problem = ""  # the reader says so anew where it is still true
    _save(account, "Account")
    what = "account_connected" if created else "account_changed"
    was, now = audit.difference(before, _shown(account))
    if created or now:
        discover_soon(account)
        audit.record(what, target=account, by=by, client=client, before=was, after=now)
    return account


@dataclass(frozen=True, slots=True)
class ClusterDetails:
    name: str
    region: str
    kubeconfig: str


def connect_cluster(account: CloudAccount, details: ClusterDetails, *, by: User | None) -> Cluster:
    """The account's cluster of this name, reached by this kubeconfig; a new one begins in `observe`.

    Nothing is stored unless its API answers. Raises KubeconfigInvalid, ClusterUnreachable, ClusterRefused
    and ConnectionInvalid.
    """
    kube_for(name=details.name, kubeconfig=details.kubeconfig).nodes()
    return store_cluster(account, details, by=by)


@transaction.atomic
def store_cluster(account: CloudAccount, details: ClusterDetails, *, by: User | None) -> Cluster:
    """As connect_cluster, without asking its API. Raises KubeconfigInvalid, ConnectionInvalid."""
    if details.region not in account.regions:
        known = ", ".join(account.regions)
        raise ConnectionInvalid(what="Region", value=details.region, why=f"{account.name} is in {known}")
    kube_for(name=details.name, kubeconfig=details.kubeconfig)
    cluster = Cluster.objects.filter(account=account, name=details.name).first()
    cluster = cluster or Cluster(account=account, client=account.client, name=details.name)
    created = cluster._state.adding
    changed = created or (cluster.region, cluster.kubeconfig) != (details.region, details.kubeconfig)
    cluster.region, cluster.kubeconfig, cluster.problem = details.region, details.kubeconfig, ""
    _save(cluster, "Cluster")
    Policy.objects.get_or_create(cluster=cluster)
    if changed:
        discover_soon(account)
        what = "cluster_connected" if created else "cluster_changed"
        audit.record(what, target=cluster, by=by, client=account.client, after={"region": details.region})
    return cluster


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


def _save(row: models.Model, what: str) -> None:
    try:
        row.clean_fields()
    except ValidationError as error:
        field, reasons = next(iter(error.message_dict.items()))
        why = reasons[0].rstrip(".").lower()
        raise ConnectionInvalid(what=f"{what}'s {field}", value=getattr(row, field), why=why) from error
    row.save()
