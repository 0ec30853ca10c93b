"""The instance types of a region as rows."""

import re

from apps.fleet.cloud.port import Cloud, TypeShape
from apps.fleet.models import InstanceType

ROWS_A_STATEMENT = 1000
FAMILY = re.compile(r"^[a-z]+(?P<generation>\d+)")
SHAPE = ["family", "generation", "architecture", "cpu_milli", "memory_mib", "gpus", "max_pods"]


def learn_types(cloud: Cloud) -> set[str]:
    """Store every type that the region offers; their names."""
    types = [_row(shape) for shape in cloud.instance_types()]
    InstanceType.objects.bulk_create(
        types,
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=SHAPE,
        batch_size=ROWS_A_STATEMENT,
    )
    return {described.name for described in types}


def family_of(type_name: str) -> str:
    """`m6a` of `m6a.large`."""
    return type_name.partition(".")[0]


def generation_of(family: str) -> int:
    """The number in a family's name: 6 of `m6a`; 1 where it has none (`u-6tb1`)."""
    found = FAMILY.match(family)
    return int(found["generation"]) if found else 1


def _row(shape: TypeShape) -> InstanceType:
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
