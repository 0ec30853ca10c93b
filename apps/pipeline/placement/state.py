"""What a plan is made from: a cluster as the informer cache holds it at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apps.fleet.kube.port import SeenNode, SeenPod

Claim = tuple[str, str]  # namespace, name of a PersistentVolumeClaim


@dataclass(frozen=True, slots=True)
class ClusterState:
    """`pods`: every pod that is neither finished nor gone, with and without a node.

    `claim_zones`: the zones that each bound claim's volume can be reached from; one that is not bound yet,
    or whose volume can be reached from everywhere, is absent.
    """

    at: datetime
    nodes: Sequence[SeenNode]
    pods: Sequence[SeenPod]
    claim_zones: Mapping[Claim, frozenset[str]] = field(default_factory=dict)
