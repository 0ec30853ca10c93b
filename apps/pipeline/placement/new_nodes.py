"""What a new node of a pool would be: its labels and taints, and what it has left for pods."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.fleet.kube.port import SeenNode
from apps.pipeline.decision.model import SPOT, PoolView
from apps.pipeline.optimizer.model import LIFECYCLE_LABEL, STORAGE, ZONE_LABEL, Amounts, Taint

from .amounts import Resources, amounts, least, less, offered_by
from .daemons import Overhead
from .neighbours import REGION_LABEL
from .registration import Registration

ARCHITECTURE_LABEL = "kubernetes.io/arch"
TYPE_LABEL = "node.kubernetes.io/instance-type"
OS_LABEL = "kubernetes.io/os"
CAPACITY_LABEL = "eks.amazonaws.com/capacityType"
ZONE_ID_LABEL = "topology.k8s.aws/zone-id"
KARPENTER_LABEL = "karpenter.sh/nodepool"
# A node has these of its own, however alike all nodes are today.
OWN = (
    "kubernetes.io/hostname",
    ARCHITECTURE_LABEL,
    OS_LABEL,
    CAPACITY_LABEL,
    LIFECYCLE_LABEL,
    "topology.",
    "failure-domain.",
    "beta.kubernetes.io/",
    "node.kubernetes.io/",
    "k8s.io/cloud-provider-aws",
    "karpenter.",
)
NVIDIA, AMD, NEURON = "nvidia.com/gpu", "amd.com/gpu", "aws.amazon.com/neuron"
GPUS_OF = {"g4ad": AMD, "inf": NEURON, "trn": NEURON}
UNKNOWN = Registration({}, frozenset(), 0)


@dataclass(frozen=True, slots=True)
class NewNode:
    """`capacity` is what is left beside the DaemonSets' pods."""

    labels: Mapping[str, str]
    taints: frozenset[Taint]
    capacity: Amounts


class NewNodes:
    """New nodes of a cluster, by pool. `nodes` are those that it has; Karpenter's are made otherwise."""

    def __init__(
        self,
        registrations: Mapping[str, Registration],
        nodes: Iterable[SeenNode],
        overhead: Overhead,
        resources: Resources,
        *,
        region: str,
    ) -> None:
        alike = [node for node in nodes if KARPENTER_LABEL not in node.labels]
        self._registrations = registrations
        self._overhead, self._region = overhead, region
        self._resources = resources
        self._shared = _shared_labels(alike)
        self._zone_ids = _zone_ids(alike)
        self._has_capacity_label = any(CAPACITY_LABEL in node.labels for node in alike)
        self._carried = {taint.key for node in alike for taint in node.taints} if alike else None
        self._seen = _least_by_type(alike, resources)

    def of(self, pool: PoolView) -> NewNode:
        registration = self._registrations.get(pool.architecture, UNKNOWN)
        labels = self._labels(pool, registration)
        taints = frozenset(taint for taint in registration.taints if self._lasts(taint))
        whole = self._whole(pool, registration)
        return NewNode(labels, taints, less(whole, self._overhead.on(labels, taints)))

    def _labels(self, pool: PoolView, registration: Registration) -> Mapping[str, str]:
        labels = {
            **self._shared,
            ARCHITECTURE_LABEL: pool.architecture,
            OS_LABEL: "linux",
            TYPE_LABEL: pool.instance_type,
            ZONE_LABEL: pool.zone,
            REGION_LABEL: self._region,
            LIFECYCLE_LABEL: pool.lifecycle,
        }
        if pool.zone in self._zone_ids:
            labels[ZONE_ID_LABEL] = self._zone_ids[pool.zone]
        if self._has_capacity_label:
            labels[CAPACITY_LABEL] = "SPOT" if pool.lifecycle == SPOT else "ON_DEMAND"
        return {**labels, **registration.labels}

    def _whole(self, pool: PoolView, registration: Registration) -> Amounts:
        """By the formula, or less where a node of the type has been seen with less."""
        extra = {STORAGE: registration.storage_mib, gpu_resource(pool.family): pool.room.gpus}
        room = pool.room
        told = amounts(room.cpu_milli, room.memory_mib, room.pods, extra, self._resources)
        seen = self._seen.get(pool.instance_type)
        return told if seen is None else (*least(told[:3], seen[:3]), *seen[3:])

    def _lasts(self, taint: Taint) -> bool:
        """A taint that no node of today carries is taken off once the node has started."""
        return self._carried is None or taint.key in self._carried


def gpu_resource(family: str) -> str:
    """What the accelerators of a family are called as a resource."""
    return next((name for beginning, name in GPUS_OF.items() if family.startswith(beginning)), NVIDIA)


def _shared_labels(nodes: Sequence[SeenNode]) -> dict[str, str]:
    """What every node carries with the same value, as a new one will."""
    if not nodes:
        return {}
    first, *others = nodes
    return {
        key: value
        for key, value in first.labels.items()
        if not key.startswith(OWN) and all(node.labels.get(key) == value for node in others)
    }


def _zone_ids(nodes: Iterable[SeenNode]) -> dict[str, str]:
    return {
        node.labels[ZONE_LABEL]: node.labels[ZONE_ID_LABEL]
        for node in nodes
        if ZONE_LABEL in node.labels and ZONE_ID_LABEL in node.labels
    }


def _least_by_type(nodes: Iterable[SeenNode], resources: Resources) -> dict[str, Amounts]:
    """The smallest that was seen of each instance type, and ready: a plugin may not have come up yet."""
    found: dict[str, Amounts] = {}
    for node in nodes:
        name = node.labels.get(TYPE_LABEL)
        if name is not None and node.ready:
            offered = offered_by(node, resources)
            found[name] = least(found.get(name, offered), offered)
    return found
