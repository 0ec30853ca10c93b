"""Clients of AWS services, made once per account, region and service, under the role that a tenant grants."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from botocore.config import Config
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.loaders import create_loader
from botocore.session import Session
from django.conf import settings

from .calls import Caller

SESSION_NAME = "atharva"
ATTEMPTS = 3
CONNECTIONS = 25  # threads of one process that may call the same service of one account at once
LONG_POLL = timedelta(seconds=20)  # SQS's longest wait

# Shared by all sessions: parsing the model of EC2 takes a tenth of a second and tens of megabytes.
_loader = create_loader()
_lock = threading.RLock()
# By region as well: a region whose STS is down must not take the others with it.
_sessions: dict[tuple["Role | None", str], Session] = {}
_clients: dict[tuple["Role | None", str, str], Any] = {}


@dataclass(frozen=True, slots=True)
class Role:
    """What a tenant lets us assume."""

    account_id: str
    arn: str
    external_id: str


def client(service: str, region: str, role: Role | None) -> Any:
    """The client of a service in a region under `role`, or as the platform itself; threads may share it."""
    key = (role, service, region)
    with _lock:
        if key in _clients:
            return _clients[key]
        session = _session(role, region)
        made = session.create_client(
            service, region_name=region, endpoint_url=settings.AWS_ENDPOINT_URL, config=_config(service)
        )
        # A client signs with what its session found when it was made. Where that was nothing, because the
        # machine's own credentials were not there yet, the next one looks again.
        if session.get_credentials() is not None:
            _clients[key] = made
        return made


def credentials(region: str, role: Role) -> Credentials:
    """The role's own credentials, to sign with. botocore renews them while ten minutes of them are left."""
    with _lock:
        # Never None: the session's one provider always answers.
        return cast(Credentials, _session(role, region).get_credentials())


def _config(service: str) -> Config:
    timeout = settings.AWS_TIMEOUT.total_seconds()
    return Config(
        connect_timeout=timeout,
        read_timeout=timeout + (LONG_POLL.total_seconds() if service == "sqs" else 0),
        retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
    )


def _session(role: Role | None, region: str) -> Session:
    key = (role, region)
    if key not in _sessions:
        session = Session()
        session.register_component("data_loader", _loader)
        if role is not None:
            resolver = CredentialResolver([AssumedRole(role, region)])
            session.register_component("credential_provider", resolver)
        _sessions[key] = session
    return _sessions[key]


class AssumedRole(CredentialProvider):
    """Short-lived credentials of a tenant's role, renewed by botocore well before they expire."""

    METHOD = "assume-role"

    def __init__(self, role: Role, region: str) -> None:
        super().__init__()
        self.role = role
        self.region = region

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(refresh_using=self._assume, method=self.METHOD)

    def _assume(self) -> dict[str, str]:
        sts = client("sts", self.region, None)
        caller = Caller(account_id=self.role.account_id, region=self.region)
        given = caller(
            sts.assume_role,
            RoleArn=self.role.arn,
            RoleSessionName=SESSION_NAME,
            ExternalId=self.role.external_id,
        )["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }
