"""moto's EC2 backend with an index of instances, a catalog of its own, and instances that live in time."""

import contextlib
import re
from collections.abc import Iterable
from typing import Any, ClassVar

from moto.ec2 import urls as ec2_urls
from moto.ec2.exceptions import (
    InvalidInstanceIdError,
    InvalidParameterCombination,
    InvalidSubnetIdError,
    OperationNotPermitted4,
)
from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import InstanceType
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix, simple_aws_filter_to_re

from deploy.sandbox.aws import catalog, images
from deploy.sandbox.aws.capacity import PoolKey
from deploy.sandbox.aws.instances import SandboxInstance
from deploy.sandbox.aws.pricelist import on_demand_usd
from deploy.sandbox.aws.world import World


class SandboxEC2Backend(EC2Backend):
    """One account in one region."""

    world: ClassVar[World]
    # moto looks for a backend's URLs beside its module
    _url_module: ClassVar[Any] = ec2_urls
    instance_types = [InstanceType(name) for name in catalog.TYPES]

    def __init__(self, region_name: str, account_id: str) -> None:
        self.instances_by_id: dict[str, SandboxInstance] = {}
        super().__init__(region_name, account_id)
        images.publish_node_images(self)

    # moto finds an instance by walking all of them; at 5,000 that is what makes it slow.
    def get_instance(self, instance_id: str) -> SandboxInstance:
        try:
            return self.instances_by_id[instance_id]
        except KeyError:
            raise InvalidInstanceIdError(instance_id) from None

    def get_instance_by_id(self, instance_id: str) -> SandboxInstance | None:
        return self.instances_by_id.get(instance_id)

    def get_multi_instances_by_id(self, instance_ids: list[str], filters: Any = None) -> list[Any]:
        missing = [instance_id for instance_id in instance_ids if instance_id not in self.instances_by_id]
        if missing:
            raise InvalidInstanceIdError(missing)
        found = (self.instances_by_id[instance_id] for instance_id in dict.fromkeys(instance_ids))
        return [instance for instance in found if instance.applies(filters)]

    def all_instances(self, filters: Any = None) -> list[Any]:
        return [instance for instance in list(self.instances_by_id.values()) if instance.applies(filters)]

    def describe_tags(self, filters: dict[str, list[str]] | None = None) -> list[dict[str, str]]:
        """Tags of resources; those named by id are looked up, not searched."""
        names = (filters or {}).get("resource-id")
        if names is None or any("*" in name or "?" in name for name in names):
            return super().describe_tags(filters)
        patterns = {
            part: [re.compile(simple_aws_filter_to_re(value)) for value in (filters or {}).get(part, ())]
            for part in ("key", "value")
        }
        wanted_types = (filters or {}).get("resource-type")
        return [
            {"resource_id": name, "key": key, "value": value, "resource_type": resource_type}
            for name in names
            if wanted_types is None or _type_of(name) in wanted_types
            for resource_type in [_type_of(name)]
            for key, value in list(self.tags.get(name, {}).items())
            if _matches_any(patterns["key"], key) and _matches_any(patterns["value"], value)
        ]

    def describe_instance_type_offerings(
        self, location_type: str | None = None, filters: dict[str, Any] | None = None
    ) -> list[dict[str, str]]:
        """What the region sells, by zone or for the region as a whole."""
        by_zone = location_type == "availability-zone"
        rows = {
            (type_name, zone if by_zone else self.region_name)
            for type_name, zone in catalog.offerings(self.region_name)
        }
        wanted = filters or {}
        return [
            {"InstanceType": name, "LocationType": location_type or "region", "Location": location}
            for name, location in sorted(rows)
            if _passes(wanted.get("instance-type"), name) and _passes(wanted.get("location"), location)
        ]

    def terminate_instances(self, instance_ids: list[str]) -> list[Any]:
        """Begin the end of all of them, or of none where one is unknown or protected."""
        if not instance_ids:
            raise InvalidParameterCombination("No instances specified")
        found = self.get_multi_instances_by_id(instance_ids)
        for instance in found:
            if instance.disable_api_termination and instance.is_live:
                raise OperationNotPermitted4(instance.id)
        return [(instance, instance.terminate()) for instance in found]

    def usd(self, pool: PoolKey, now: float) -> float:
        """What an hour in that pool costs now."""
        if pool.lifecycle == "spot":
            return self.world.market.price(pool.instance_type, pool.zone, now)
        return on_demand_usd(pool.instance_type, self.region_name)

    def member_left(self, instance: SandboxInstance) -> None:
        """Tell the instance's Auto Scaling group, if it has one, that it is going."""
        group = getattr(instance, "autoscaling_group", None)
        if group is not None:
            group.member_left(instance)

    def free_addresses(self, subnet_id: str, addresses: set[str]) -> None:
        """Give a terminated instance's addresses back, if their subnet is still there."""
        with contextlib.suppress(InvalidSubnetIdError):
            subnet = self.get_subnet(subnet_id)
            for address in addresses:
                subnet.del_subnet_ip(address)

    def forget(self, instance: SandboxInstance) -> None:
        """Drop a terminated instance from every list, as AWS does after about an hour."""
        self.instances_by_id.pop(instance.id, None)
        self.tags.pop(instance.id, None)
        reservation = self.reservations[instance.reservation_id]
        reservation.instances.remove(instance)
        if not reservation.instances:
            del self.reservations[reservation.id]


def _type_of(resource_id: str) -> str:
    return EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource_id), "")


def _matches_any(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    patterns = list(patterns)
    return not patterns or any(pattern.match(text) for pattern in patterns)


def _passes(patterns: list[str] | None, text: str) -> bool:
    return patterns is None or any(re.match(simple_aws_filter_to_re(pattern), text) for pattern in patterns)
