"""What a region sells: instance types, and a pool for each zone and lifecycle that offers them."""

import re

from apps.fleet.cloud.port import Cloud, TypeShape
from apps.fleet.models import InstanceType, Pool
from apps.fleet.statuses import Lifecycle

from .recording import Attempt

ROWS_A_STATEMENT = 1000
FAMILY = re.compile(r"^[a-z]+(?P<generation>\d+)")


def refresh_offerings(cloud: Cloud, region: str, attempt: Attempt) -> None:
    """Bring types and pools of a region up to date. Pools no longer offered stay, for the history."""
    types = [_instance_type(shape) for shape in cloud.instance_types()]
    InstanceType.objects.bulk_create(
        types,
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["family", "generation", "architecture", "cpu_milli", "memory_mib", "gpus", "max_pods"],
        batch_size=ROWS_A_STATEMENT,
    )
    known = {described.name for described in types}
    wanted = {
        (zone, name, lifecycle)
        for name, zone in cloud.offerings()
        if name in known
        for lifecycle in Lifecycle.values
    }
    pools = Pool.objects.filter(region=region).order_by()
    missing = wanted - set(pools.values_list("zone", "instance_type_id", "lifecycle"))
    Pool.objects.bulk_create(
        (
            Pool(region=region, zone=zone, instance_type_id=name, lifecycle=lifecycle)
            for zone, name, lifecycle in sorted(missing)
        ),
        ignore_conflicts=True,
        batch_size=ROWS_A_STATEMENT,
    )
    attempt.rows, attempt.changed = len(wanted), bool(missing)


def family_of(type_name: str) -> str:
    """`m6a` of `m6a.large`."""
    return type_name.partition(".")[0]


def generation_of(family: str) -> int:
    """The number in a family's name: 6 of `m6a`; 1 where it has none (`u-6tb1`)."""
    found = FAMILY.match(family)
    return int(found["generation"]) if found else 1


def _instance_type(shape: TypeShape) -> InstanceType:
    family = family_of(shape.name)
    return InstanceType(
        name=shape.name,
        family=family,
        generation=generation_of(family),
        architecture=shape.architecture,
        cpu_milli=shape.cpu_milli,
        memory_mib=shape.memory_mib,
        gpus=shape.gpus,
        max_pods=shape.max_pods,
    )
