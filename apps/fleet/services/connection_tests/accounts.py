"""What is tried of an AWS account: its role, then every action in every region."""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

from apps.fleet.cloud import Cloud, cloud_in
from apps.fleet.cloud.aws.permissions import PERMISSIONS, Permission
from apps.fleet.errors import AccessDenied
from apps.fleet.models import CloudAccount
from apps.fleet.services.events import region_of
from atharva.api.problems import Problem

from .attempt import Attempt, Plan, Tried

ROLE = "sts:AssumeRole"
EXTERNAL_ID = "sts:ExternalId"
NO_WAY_IN = (
    "AWS does not let the platform assume the role. Check that the role exists, and that its trust policy is "
    "the one shown here; a role made a moment ago takes up to a minute."
)
OPEN_DOOR = (
    "The role may be assumed without the external id: another tenant could have the platform come into your "
    "account. Use the trust policy shown here, with its condition."
)
NO_QUEUE = "There is no queue at this address in {region}. Correct the queue URL, or create the queue."


def plan_for_account(account: CloudAccount) -> Plan:
    """One attempt a permission; of the queue only where the account has one."""
    clouds = {region: cloud_in(account, region) for region in account.regions}
    home = clouds[account.regions[0]]
    attempts = [
        Attempt(ROLE, "to come into your account at all", partial(_try_role, home), decides=True),
        Attempt(EXTERNAL_ID, "to keep everybody else out", partial(_try_without_id, home)),
        *_of_actions(account, clouds),
    ]
    return Plan(tuple(attempts), partial(_tidy_up, list(clouds.values())))


def _of_actions(account: CloudAccount, clouds: dict[str, Cloud]) -> Sequence[Attempt]:
    attempts = []
    for permission in PERMISSIONS:
        if permission.trial is None:
            continue
        if permission.service == "sqs":
            if not account.queue_url:
                continue
            region = region_of(account)
            where = {region: cloud_in(account, region)}
        else:
            where = dict(list(clouds.items())[:1]) if permission.is_global else clouds
        run = partial(_try_action, permission, where, account.queue_url)
        attempts.append(Attempt(permission.action, permission.why, run))
    return attempts


def _try_role(cloud: Cloud) -> Tried:
    # Were the platform unknown to AWS, that would look like the tenant's refusal.
    cloud.try_platform()
    return Tried(True) if _is_allowed(cloud.try_role) else Tried(False, NO_WAY_IN)


def _try_without_id(cloud: Cloud) -> Tried:
    return Tried(False, OPEN_DOOR) if _is_allowed(cloud.try_role_without_id) else Tried(True)


def _try_action(permission: Permission, clouds: dict[str, Cloud], queue_url: str) -> Tried | None:
    denied = []
    is_known = False
    for region, cloud in clouds.items():
        trial = cloud.try_action(permission.action, queue_url=queue_url)
        if trial.queue_missing:
            return Tried(False, NO_QUEUE.format(region=region))
        is_known |= trial.known
        if trial.known and not trial.allowed:
            denied.append(region)
    if not is_known:
        return None
    if not denied:
        return Tried(True)
    where = "" if permission.is_global else f" in {', '.join(denied)}"
    if permission.without:
        return Tried(True, f"AWS refuses it{where}, which is fine. {permission.without}")
    return Tried(False, f"AWS refuses it{where}. Add it to the role's policy.")


def _is_allowed(call: Callable[[], None]) -> bool:
    try:
        call()
    except AccessDenied:
        return False
    return True


def _tidy_up(clouds: list[Cloud]) -> None:
    for cloud in clouds:
        # What stays behind is free of charge and named after the test; the next one removes it.
        with contextlib.suppress(Problem):
            cloud.end_trials()
