"""An account of the emulated cloud, entered as a tenant's administrator would: by a role of that account."""

import json
import urllib.request
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from deploy.sandbox.process.health import opener
from deploy.sandbox.seed.world import AccountSpec

OWNED = "kubernetes.io/cluster/{cluster}"
CONTROL_SECONDS = 30.0
CLIENT = Config(retries={"mode": "adaptive", "max_attempts": 10}, max_pool_connections=4)


class Cloud:
    """Clients of one account in its region. `endpoint` is AWS_ENDPOINT_URL."""

    def __init__(self, account: AccountSpec, endpoint: str) -> None:
        self.account = account
        self.region = account.region
        self.endpoint = endpoint

    @classmethod
    def entered(cls, account: AccountSpec, endpoint: str, keys: Mapping[str, str]) -> "Cloud":
        """The account for somebody who holds keys of it (as the credentials file has them)."""
        cloud = cls(account, endpoint)
        cloud.session = boto3.Session(
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
            aws_session_token=keys["session_token"],
            region_name=account.region,
        )
        return cloud

    @cached_property
    def session(self) -> boto3.Session:
        sts = boto3.client("sts", endpoint_url=self.endpoint, region_name=self.region)
        role = f"arn:aws:iam::{self.account.account_id}:role/Administrator"
        assumed = sts.assume_role(RoleArn=role, RoleSessionName="sandbox-seed")["Credentials"]
        return boto3.Session(
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
            region_name=self.region,
        )

    @cached_property
    def ec2(self) -> Any:
        return self.client("ec2")

    def client(self, service: str) -> Any:
        """A client of `service`."""
        # By a variable name boto3's stubs cannot know which client comes back.
        make: Any = self.session.client
        return make(service, endpoint_url=self.endpoint, config=CLIENT)

    def control(self, command: str, **body: object) -> None:
        """A command of the emulator itself, for what no AWS call can do (things that are old already)."""
        request = urllib.request.Request(
            f"{self.endpoint}/_sandbox/{command}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        opener().open(request, timeout=CONTROL_SECONDS).close()


def tags(values: Mapping[str, str]) -> list[dict[str, str]]:
    """`values` as AWS writes tags."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def tagged(kind: str, values: Mapping[str, str]) -> dict[str, Any]:
    """A tag specification of a resource of `kind` that is being created."""
    return {"ResourceType": kind, "Tags": tags(values)}


def named(name: str) -> list[dict[str, Any]]:
    """The filter that finds what has this Name tag."""
    return [{"Name": "tag:Name", "Values": [name]}]
