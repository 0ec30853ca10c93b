"""Sizes of EC2 instance types, from the data that moto ships."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

# What EKS leaves for pods where the network interfaces allow more.
MOST_PODS_SMALL, MOST_PODS_LARGE, LARGE_VCPUS = 110, 250, 30


@dataclass(frozen=True, slots=True)
class Size:
    """CPU in thousandths of a vCPU, memory in MiB, pods by the interfaces' addresses."""

    cpu_milli: int
    memory_mib: int
    pods: int
    arch: str
    gpus: int = 0


class UnknownType(LookupError):
    """There is no such instance type."""


class InstanceTypes:
    """The catalogue, loaded when first asked."""

    @cached_property
    def _types(self) -> dict[str, Any]:
        packed = resources.files("moto.ec2.resources").joinpath("instance_types.json.gz").read_bytes()
        types: dict[str, Any] = json.loads(gzip.decompress(packed))
        return types

    def size(self, name: str) -> Size:
        """The size of a type; raises UnknownType."""
        try:
            raw = self._types[name]
        except KeyError:
            raise UnknownType(name) from None
        network = raw["NetworkInfo"]
        vcpus = raw["VCpuInfo"]["DefaultVCpus"]
        addresses = network["MaximumNetworkInterfaces"] * (network["Ipv4AddressesPerInterface"] - 1) + 2
        gpus = sum(gpu.get("Count", 0) for gpu in (raw.get("GpuInfo") or {}).get("Gpus") or ())
        architectures = raw["ProcessorInfo"]["SupportedArchitectures"]
        return Size(
            cpu_milli=vcpus * 1000,
            memory_mib=raw["MemoryInfo"]["SizeInMiB"],
            pods=min(addresses, MOST_PODS_LARGE if vcpus >= LARGE_VCPUS else MOST_PODS_SMALL),
            arch="arm64" if "arm64" in architectures else "amd64",
            gpus=gpus,
        )
