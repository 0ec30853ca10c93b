"""Packings as files, in the form that solvers are compared on: gzipped JSON of node types and pods."""

import gzip
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from apps.pipeline.errors import PackingUnreadable
from apps.pipeline.optimizer.model import (
    CPU,
    HOST_LABEL,
    LIFECYCLE_LABEL,
    MEMORY,
    PODS,
    SPOT,
    ZONE_LABEL,
    Offering,
    Pod,
    Problem,
    Requirement,
    Rule,
    RuleKind,
    Shape,
    Where,
)

ARCH_LABEL = "kubernetes.io/arch"
TYPE_LABEL = "node.kubernetes.io/instance-type"
# What each kind of pod asks of the pods of its app, itself among them.
RULES: Mapping[str, tuple[RuleKind, str]] = {
    "zspread": (RuleKind.SPREAD, ZONE_LABEL),
    "hspread": (RuleKind.SPREAD, HOST_LABEL),
    "zaff": (RuleKind.TOGETHER, ZONE_LABEL),
    "hanti": (RuleKind.APART, HOST_LABEL),
}

Amount = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class OfferEntry(msgspec.Struct, frozen=True):
    zone: str
    price: Annotated[float, msgspec.Meta(gt=0)]


class TypeEntry(msgspec.Struct, frozen=True):
    """`cpu` in milli-cores and `mem` in MiB are allocatable, `pods` is how many it may carry."""

    name: str
    cpu: Amount
    mem: Amount
    pods: Amount
    arch: str
    off: list[OfferEntry]


class PodEntry(msgspec.Struct, frozen=True):
    cpu: Amount
    mem: Amount
    arch: Literal["any", "amd64", "arm64"]
    kind: Literal["generic", "zspread", "hspread", "zaff", "hanti"]
    app: str


class PackingFile(msgspec.Struct, frozen=True):
    types: list[TypeEntry]
    pods: list[PodEntry]


def read_packing(path: Path) -> Problem:
    """The packing in a file. Pods are named by their index, pools numbered as they appear.

    Raises PackingUnreadable, naming the entry that is wrong.
    """
    try:
        with gzip.open(path) as file:
            packing = msgspec.json.decode(file.read(), type=PackingFile)
    except OSError as error:
        raise PackingUnreadable(path=path, why=error.strerror or error) from error
    except (EOFError, zlib.error) as error:
        raise PackingUnreadable(path=path, why=f"it is no complete gzip file ({error})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PackingUnreadable(path=path, why=error) from error
    return _problem(packing)


def _problem(packing: PackingFile) -> Problem:
    groups = {pod.app for pod in packing.pods if pod.kind in RULES}
    shapes = {pod: _shape(pod, groups) for pod in set(packing.pods)}
    return Problem(
        resources=(CPU, MEMORY, PODS),
        pods=tuple(Pod(str(index), shapes[pod]) for index, pod in enumerate(packing.pods)),
        offerings=tuple(_offerings(packing.types)),
    )


def _shape(pod: PodEntry, groups: set[str]) -> Shape:
    arch = Requirement(ARCH_LABEL, "In", frozenset({pod.arch}))
    rule = RULES.get(pod.kind)
    return Shape(
        requests=(pod.cpu, pod.mem, 1),
        where=Where() if pod.arch == "any" else Where((frozenset({arch}),)),
        rules=frozenset() if rule is None else frozenset({Rule(rule[0], pod.app, rule[1])}),
        # An app that no rule speaks of tells pods apart for nothing.
        member_of=frozenset({pod.app} & groups),
    )


def _offerings(types: Iterable[TypeEntry]) -> Iterable[Offering]:
    pools = ((node, offer) for node in types for offer in node.off)
    for key, (node, offer) in enumerate(pools):
        labels = {
            ZONE_LABEL: offer.zone,
            LIFECYCLE_LABEL: SPOT,
            ARCH_LABEL: node.arch,
            TYPE_LABEL: node.name,
        }
        yield Offering(
            key=key,
            instance_type=node.name,
            zone=offer.zone,
            lifecycle=SPOT,
            cost=offer.price,
            price=offer.price,
            capacity=(node.cpu, node.mem, node.pods),
            labels=labels,
        )
