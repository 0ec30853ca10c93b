"""Filters of DescribeInstances and DescribeInstanceStatus, wildcards included."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC
from functools import lru_cache
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.utils import simple_aws_filter_to_re

from deploy.sandbox.aws.instances import SandboxInstance

READERS: dict[str, Callable[[SandboxInstance], Any]] = {
    "architecture": lambda i: i.architecture,
    "availability-zone": lambda i: i.availability_zone,
    "client-token": lambda i: i.client_token,
    "iam-instance-profile.arn": lambda i: (i.iam_instance_profile or {}).get("Arn"),
    "image-id": lambda i: i.image_id,
    "instance-id": lambda i: i.id,
    "instance-lifecycle": lambda i: i.lifecycle,
    "instance-state-code": lambda i: str(i.state_code),
    "instance-state-name": lambda i: i.state,
    "instance-type": lambda i: i.instance_type,
    "instance.group-id": lambda i: [group.id for group in i.security_groups],
    "key-name": lambda i: i.key_name,
    "launch-time": lambda i: i.launch_time.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "owner-id": lambda i: i.owner_id,
    "private-dns-name": lambda i: i.private_dns_name,
    "private-ip-address": lambda i: i.private_ip,
    "spot-instance-request-id": lambda i: i.spot_instance_request_id,
    "subnet-id": lambda i: i.subnet_id,
    "vpc-id": lambda i: i.vpc_id,
    "network-interface.vpc-id": lambda i: i.vpc_id,
    "network-interface.subnet-id": lambda i: i.subnet_id,
}


def select(instances: Iterable[SandboxInstance], filters: dict[str, list[str]]) -> list[SandboxInstance]:
    """Those that pass every filter. Raises InvalidParameterValue for an unknown filter."""
    checks = [(_reader(name), [_pattern(value) for value in values]) for name, values in filters.items()]
    return [
        instance
        for instance in instances
        if all(_passes(read(instance), patterns) for read, patterns in checks)
    ]


def _reader(name: str) -> Callable[[SandboxInstance], Any]:
    if name in READERS:
        return READERS[name]
    if name == "group-id":
        return READERS["instance.group-id"]
    if name == "tag-key":
        return lambda i: list(i.ec2_backend.tags.get(i.id, {}))
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda i: i.ec2_backend.tags.get(i.id, {}).get(key)
    raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")


@lru_cache(maxsize=2048)
def _pattern(value: str) -> re.Pattern[str]:
    return re.compile(simple_aws_filter_to_re(value))


def _passes(value: Any, patterns: list[re.Pattern[str]]) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(pattern.match(str(one)) for one in values if one is not None for pattern in patterns)
