"""What may be typed for an account; each check raises ConnectionInvalid naming what does not fit."""

import re
from collections.abc import Sequence

from apps.fleet.errors import ConnectionInvalid

ACCOUNT_ID = re.compile(r"\d{12}")
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+")
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")  # what STS takes
REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d")
QUEUE_URL = re.compile(r"https?://[^\s/]+/\S+")


def check_account_id(account_id: str) -> None:
    _match(ACCOUNT_ID, "Account id", account_id, "it is twelve digits")


def check_role(role_arn: str, account_id: str) -> None:
    """The role's form, and that it is a role of that account."""
    role = _match(ROLE_ARN, "Role", role_arn, "it looks like arn:aws:iam::<account>:role/<name>")
    if role[1] != account_id:
        raise ConnectionInvalid(what="Role", value=role_arn, why=f"it is not of account {account_id}")


def check_external_id(external_id: str) -> None:
    if not EXTERNAL_ID.fullmatch(external_id):
        # The value is a secret between us and the tenant's role: it is not repeated.
        raise ConnectionInvalid(
            what="External id", value="…", why="STS takes 2 to 1224 of A-Za-z0-9+=,.@:/-_"
        )


def check_regions(regions: Sequence[str]) -> None:
    if not regions:
        raise ConnectionInvalid(what="Regions", value="", why="at least one is needed")
    for region in regions:
        _match(REGION, "Region", region, "it looks like us-east-1")
    if len(set(regions)) < len(regions):
        raise ConnectionInvalid(what="Regions", value=", ".join(regions), why="one is named twice")


def check_queue(queue_url: str) -> None:
    """The address's form; an account may have no queue."""
    if queue_url:
        _match(QUEUE_URL, "Queue URL", queue_url, "it is the http(s) address of an SQS queue")


def check_own_queue(queue_url: str, account_id: str) -> None:
    """As check_queue, and that the queue is one of that account."""
    check_queue(queue_url)
    if queue_url and queue_url.split("/")[-2] != account_id:
        raise ConnectionInvalid(what="Queue URL", value=queue_url, why=f"it is not of account {account_id}")


def _match(pattern: re.Pattern[str], what: str, value: str, why: str) -> re.Match[str]:
    match = pattern.fullmatch(value)
    if match is None:
        raise ConnectionInvalid(what=what, value=value, why=why)
    return match
