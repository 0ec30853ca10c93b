"""The roles of the accounts: who holds which key, what a role may do, and who may become one."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from moto.iam.models import IAMBackend, Role, get_account_id_from, iam_backends
from moto.sts import urls as sts_urls
from moto.sts.models import AssumedRole, STSBackend

from deploy.sandbox.aws.iam.policy import Act, Statement, Verdict, statements_of, verdict

PARTITION = "aws"
# Every account's owner, who needs no document: the seed's own way in.
OWNER = "Administrator"
PLATFORM_USER = "atharva"
ROLE_ARN = re.compile(r"arn:aws:iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[^/]+)")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made a call: an assumed role, or a key of the platform's own (`role` is empty)."""

    account_id: str
    role: str
    arn: str

    @property
    def is_owner(self) -> bool:
        return self.role == OWNER

    @property
    def names(self) -> tuple[str, ...]:
        """How a role's trust may name them."""
        own = f"arn:aws:iam::{self.account_id}:role/{self.role}" if self.role else self.arn
        return ("*", self.account_id, f"arn:aws:iam::{self.account_id}:root", own, self.arn)


class SandboxTokenBackend(STSBackend):
    """moto's, which finds an assumed role by its key without looking at all of them."""

    # moto looks for a backend's URLs beside its module
    _url_module: ClassVar[Any] = sts_urls
    by_key: ClassVar[dict[str, AssumedRole]] = {}

    def assume_role(self, *args: Any, **kwargs: Any) -> AssumedRole:
        assumed = super().assume_role(*args, **kwargs)
        self.by_key[assumed.access_key_id] = assumed
        return assumed

    def get_assumed_role_from_access_key(self, access_key_id: str) -> AssumedRole | None:
        return self.by_key.get(access_key_id)

    def get_caller_identity(self, access_key_id: str, region: str) -> tuple[str, str, str]:
        caller = caller_of(access_key_id)
        if caller.role:
            return super().get_caller_identity(access_key_id, region)
        return "AIDASANDBOXPLATFORM", caller.arn, caller.account_id


class Roles:
    """What is known of the accounts' roles; forgotten whenever IAM changes."""

    def __init__(self) -> None:
        self._statements: dict[tuple[str, str], tuple[Statement, ...] | None] = {}

    def changed(self) -> None:
        """Somebody wrote to IAM: read every document anew."""
        self._statements = {}

    def statements(self, caller: Caller) -> tuple[Statement, ...] | None:
        """What the caller's role may do; None where its account has no such role: nothing binds it."""
        key = (caller.account_id, caller.role)
        if key not in self._statements:
            role = _role(*key)
            self._statements[key] = tuple(_documents(role)) if role else None
        return self._statements[key]

    def may_become(self, caller: Caller, role_arn: str, external_id: str) -> bool:
        """Whether `caller` may assume the role.

        An account in which nobody made a role that a principal of AWS may assume lets everybody in: most
        tests have no use for one.
        """
        named = ROLE_ARN.fullmatch(role_arn)
        if named is None or named["name"] == OWNER:
            return True
        role = _role(named["account"], named["name"])
        if role is None:
            return not any(_trusted(other) for other in list(_iam(named["account"]).roles.values()))
        context = {"sts:externalid": (external_id,)} if external_id else {}
        trust = [one for one in _trust(role) if set(one.principals) & set(caller.names)]
        return verdict(trust, Act("sts:AssumeRole", "*", context)) is Verdict.ALLOWED


def caller_of(access_key: str) -> Caller:
    """Who holds an access key; one that no role was assumed with is the platform's."""
    assumed = SandboxTokenBackend.by_key.get(access_key)
    if assumed is None:
        account_id = get_account_id_from(access_key)
        return Caller(account_id, "", f"arn:aws:iam::{account_id}:user/{PLATFORM_USER}")
    return Caller(assumed.account_id, assumed.role_arn.rpartition("/")[2], assumed.arn)


def passed_role(account_id: str, profile: str) -> str:
    """The ARN of the role in an instance profile (its ARN or name), "*" where there is none."""
    for one in list(_iam(account_id).instance_profiles.values()):
        if profile in (one.name, one.arn) and one.roles:
            return str(one.roles[0].arn)
    return "*"


def _iam(account_id: str) -> IAMBackend:
    return iam_backends[account_id][PARTITION]


def _role(account_id: str, name: str) -> Role | None:
    return next((role for role in list(_iam(account_id).roles.values()) if role.name == name), None)


def _documents(role: Role) -> Iterator[Statement]:
    for document in role.policies.values():
        # moto keeps a stack's documents as it parsed them.
        yield from statements_of(document if isinstance(document, str) else json.dumps(document))
    for managed in role.managed_policies.values():
        for version in managed.versions:
            if version.is_default_version:
                yield from statements_of(version.document)


def _trust(role: Role) -> list[Statement]:
    return list(statements_of(role.assume_role_policy_document))


def _trusted(role: Role) -> bool:
    return any(statement.principals for statement in _trust(role))
