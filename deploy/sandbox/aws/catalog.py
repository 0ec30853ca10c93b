"""What the sandbox sells: instance types, and the zones that offer them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from moto.ec2.models.instance_types import INSTANCE_TYPES

ZONES = {"us-east-1": "abcdef", "eu-west-1": "abc", "us-west-2": "abc"}

# On-demand USD per vCPU and hour in us-east-1: it also fixes which families are sold.
USD_PER_VCPU = {
    "c5": 0.0425, "c5a": 0.0385, "c6i": 0.0425, "c6a": 0.03825, "c6g": 0.034,
    "c7i": 0.04463, "c7a": 0.05132, "c7g": 0.0363,
    "m5": 0.048, "m5a": 0.043, "m6i": 0.048, "m6a": 0.0432, "m6g": 0.0385,
    "m7i": 0.0504, "m7a": 0.05796, "m7g": 0.0408,
    "r5": 0.063, "r5a": 0.0565, "r6i": 0.063, "r6a": 0.0567, "r6g": 0.0504,
    "r7i": 0.06615, "r7a": 0.0761, "r7g": 0.0536,
    "t3": 0.0416, "t3a": 0.0376, "t4g": 0.0336,
    "m4": 0.05, "c4": 0.05,
}  # fmt: skip
SIZES = ("large", "xlarge", "2xlarge", "4xlarge")
FEWER_SIZES = {
    "t3": ("large", "xlarge", "2xlarge"),
    "t3a": ("large", "xlarge", "2xlarge"),
    "t4g": ("large", "xlarge", "2xlarge"),
    "m4": ("large", "xlarge"),
    "c4": ("large",),
}
BIGGER_FAMILIES = ("c6i", "c6a", "c6g", "m5", "m6i", "m6g", "r5", "r6i", "r6g")
# The oldest building of the region never got the newer hardware.
OLD_ZONE = "us-east-1e"


@dataclass(frozen=True, slots=True)
class InstanceType:
    name: str
    family: str
    generation: int
    architecture: str
    vcpus: int
    memory_mib: int


def _sold_names() -> Iterator[str]:
    for family in USD_PER_VCPU:
        for size in FEWER_SIZES.get(family, SIZES):
            yield f"{family}.{size}"
    for family in BIGGER_FAMILIES:
        yield f"{family}.8xlarge"


def _described(name: str) -> InstanceType:
    facts = INSTANCE_TYPES[name]
    family = name.split(".")[0]
    return InstanceType(
        name=name,
        family=family,
        generation=int(family[1]),
        architecture=facts["ProcessorInfo"]["SupportedArchitectures"][-1],
        vcpus=facts["VCpuInfo"]["DefaultVCpus"],
        memory_mib=facts["MemoryInfo"]["SizeInMiB"],
    )


TYPES: dict[str, InstanceType] = {name: _described(name) for name in _sold_names()}


def zones_of(region: str) -> list[str]:
    """Zone names of a region; empty where the sandbox sells nothing."""
    return [region + letter for letter in ZONES.get(region, "")]


def region_of(zone: str) -> str:
    return zone[:-1]


@cache
def is_offered(type_name: str, zone: str) -> bool:
    """Whether the zone has that type: new hardware is missing here and there, as it is at AWS."""
    offered = TYPES.get(type_name)
    if offered is None or zone not in zones_of(region_of(zone)):
        return False
    if offered.generation <= 5:
        return True
    if zone == OLD_ZONE:
        return False
    return hashlib.sha256(f"{offered.family}/{zone}".encode()).digest()[0] >= 20


def offerings(region: str) -> Iterator[tuple[str, str]]:
    """Every (type, zone) the region sells."""
    for type_name in TYPES:
        for zone in zones_of(region):
            if is_offered(type_name, zone):
                yield type_name, zone
