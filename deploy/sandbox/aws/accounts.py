"""All accounts and regions of the sandbox."""

from collections.abc import Iterator
from typing import cast

from moto.ec2.models import ec2_backends

from deploy.sandbox.aws.ec2 import SandboxEC2Backend
from deploy.sandbox.aws.instances import SandboxInstance


def all_backends() -> Iterator[SandboxEC2Backend]:
    for account in list(ec2_backends.values()):
        yield from cast(list[SandboxEC2Backend], list(account.values()))


def all_instances() -> Iterator[SandboxInstance]:
    """Every instance of every account, terminated ones included while they are visible."""
    for backend in all_backends():
        yield from list(backend.instances_by_id.values())


def find_instance(instance_id: str) -> SandboxInstance | None:
    for backend in all_backends():
        if found := backend.instances_by_id.get(instance_id):
            return found
    return None


def find_backend(resource_id: str) -> SandboxEC2Backend | None:
    """The account and region in which a volume, snapshot or instance lives."""
    for backend in all_backends():
        if any(resource_id in held for held in (backend.instances_by_id, backend.volumes, backend.snapshots)):
            return backend
    return None
