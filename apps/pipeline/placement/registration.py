"""What a new node's kubelet says of it when it joins: read from what the node is launched with."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.fleet.models import NodeTemplate
from apps.pipeline.optimizer.model import Taint

KEEPS_AWAY = ("NoSchedule", "NoExecute")
# As Cluster Autoscaler has them: what a group's nodes will carry, written as tags.
LABEL_TAG = "k8s.io/cluster-autoscaler/node-template/label/"
TAINT_TAG = "k8s.io/cluster-autoscaler/node-template/taint/"
# bootstrap.sh's --kubelet-extra-args and nodeadm's kubelet flags alike.
LABELS_FLAG = re.compile(r"--node-labels[= ]+([^\s'\"]+)")
TAINTS_FLAG = re.compile(r"--register-with-taints[= ]+([^\s'\"]+)")
# Bottlerocket's settings.
LABELS_TABLE = re.compile(r"^\[settings\.kubernetes\.node-labels\]\s*$(.*?)(?=^\[|\Z)", re.M | re.S)
TAINTS_TABLE = re.compile(r"^\[settings\.kubernetes\.node-taints\]\s*$(.*?)(?=^\[|\Z)", re.M | re.S)
ENTRY = re.compile(r"^\s*\"?([\w./-]+)\"?\s*=\s*(.+?)\s*$", re.M)
QUOTED = re.compile(r"\"([^\"]*)\"")

DEFAULT_ROOT_GIB = 20  # of Amazon's images
# What the kubelet keeps of the root volume: a tenth against eviction, and system-reserved.
USABLE_SHARE, RESERVED_MIB = 0.9, 1024
MIB_PER_GIB = 1024
# What the file system takes for itself.
FORMATTED_SHARE = 0.998


@dataclass(frozen=True, slots=True)
class Registration:
    """Labels and taints that a node of a template registers with, and its ephemeral storage in MiB."""

    labels: Mapping[str, str]
    taints: frozenset[Taint]
    storage_mib: int


def registration_of(template: NodeTemplate) -> Registration:
    """What the user data and the tags of a template say."""
    tags, text = template.tags, template.user_data
    labels = dict(_pairs(LABELS_FLAG.findall(text)))
    labels |= dict(_entries(LABELS_TABLE, text))
    labels |= {key.removeprefix(LABEL_TAG): value for key, value in tags.items() if key.startswith(LABEL_TAG)}
    written = [part for found in TAINTS_FLAG.findall(text) for part in found.split(",") if part]
    written += [f"{key}={value}" for key, value in _entries(TAINTS_TABLE, text)]
    written += [
        f"{key.removeprefix(TAINT_TAG)}={value}" for key, value in tags.items() if key.startswith(TAINT_TAG)
    ]
    return Registration(labels, frozenset(_taints(written)), _storage_mib(template.block_devices))


def _pairs(found: Iterable[str]) -> Iterator[tuple[str, str]]:
    for part in (part for text in found for part in text.split(",") if part):
        key, _, value = part.partition("=")
        yield key, value


def _entries(table: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    """The entries of a table; of one with several values each."""
    for body in table.findall(text):
        for key, values in ENTRY.findall(body):
            for value in QUOTED.findall(values):
                yield key, value


def _taints(written: Iterable[str]) -> Iterator[Taint]:
    """From `key=value:effect`; an effect that keeps nobody away is left out."""
    for text in written:
        pair, _, effect = text.rpartition(":")
        key, _, value = pair.partition("=")
        if key and effect in KEEPS_AWAY:
            yield Taint(key, value, effect)


def _storage_mib(devices: Iterable[Mapping[str, Any]]) -> int:
    """Of the first volume that a template gives a size, else as large as Amazon's images have it."""
    sizes = (int((device.get("Ebs") or {}).get("VolumeSize") or 0) for device in devices)
    gib = next(filter(None, sizes), DEFAULT_ROOT_GIB)
    return max(int(gib * MIB_PER_GIB * FORMATTED_SHARE * USABLE_SHARE) - RESERVED_MIB, 0)
