"""What a fleet needs of a Kubernetes cluster, in the fleet's words. `api.py` is the one adapter."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from .scheduling import ANYWHERE, Scheduling

DISRUPTION_TAINT = "atharva.ai/disruption"
EXCLUDE_FROM_LOAD_BALANCERS = "node.kubernetes.io/exclude-from-external-load-balancers"
DO_NOT_DISRUPT = ("atharva.ai/do-not-disrupt", "karpenter.sh/do-not-disrupt")
EPHEMERAL_STORAGE = "ephemeral-storage"


@dataclass(frozen=True, slots=True)
class Taint:
    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class SeenNode:
    """A node as the API server describes it."""

    name: str
    uid: str
    provider_id: str  # aws:///us-east-1a/i-0123; empty where the cloud has not named it
    ready: bool
    unschedulable: bool
    created_at: datetime
    labels: dict[str, str]
    annotations: dict[str, str]
    taints: tuple[Taint, ...]
    cpu_milli: int  # allocatable
    memory_mib: int
    max_pods: int
    # Beside those three: ephemeral storage and huge pages in MiB, extended resources (GPUs) in units.
    extra: Mapping[str, int] = field(default_factory=dict)

    @property
    def instance_id(self) -> str:
        """The EC2 id in the provider id, or an empty string."""
        last = self.provider_id.rpartition("/")[2]
        return last if last.startswith("i-") else ""


@dataclass(frozen=True, slots=True)
class Owner:
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class SeenPod:
    """A pod as the API server describes it; requests are the sum over containers as the scheduler counts."""

    namespace: str
    name: str
    uid: str
    node_name: str
    phase: str
    ready: bool
    terminating: bool
    is_mirror: bool
    owner: Owner | None
    labels: dict[str, str]
    annotations: dict[str, str]
    created_at: datetime
    started_at: datetime | None
    grace_seconds: int
    cpu_milli: int
    memory_mib: int
    # Beside CPU and memory, as SeenNode.extra.
    extra: Mapping[str, int] = field(default_factory=dict)
    scheduling: Scheduling = ANYWHERE
    scheduler_name: str = "default-scheduler"
    gates: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()  # PersistentVolumeClaims in its namespace
    host_ports: frozenset[str] = frozenset()  # "TCP/443": nobody else on the node may have them
    # When the scheduler refused it, with its words; None where it did not, or has placed it since.
    unschedulable_at: datetime | None = None
    refusal: str = ""
    nominated_node: str = ""  # where the scheduler makes room for it by preemption

    @property
    def architectures(self) -> frozenset[str]:
        """That its node selector or required affinity names; empty where it says nothing of them."""
        return self.scheduling.architectures

    @property
    def waits_for_node(self) -> bool:
        """Whether the scheduler has refused it and a new node could change that."""
        return (
            self.unschedulable_at is not None
            and not (self.node_name or self.nominated_node or self.gates)
            and not (self.terminating or self.is_finished or self.is_mirror or self.is_daemon)
        )

    @property
    def is_daemon(self) -> bool:
        return self.owner is not None and self.owner.kind == "DaemonSet"

    @property
    def is_finished(self) -> bool:
        return self.phase in ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class SeenBudget:
    """A PodDisruptionBudget. `allowed` is 0 where the status is unknown or behind the spec.

    An empty selector selects every pod of the namespace, None selects none.
    """

    namespace: str
    name: str
    selector: dict[str, object] | None
    allowed: int
    current_healthy: int
    desired_healthy: int
    expected_pods: int


@dataclass(frozen=True, slots=True)
class Replicas:
    """What an owner wants and what of it is ready.

    `of` names who wants it: the Deployment above a ReplicaSet, so that asking again takes one call.
    """

    of: Owner
    wanted: int
    ready: int


@dataclass(frozen=True, slots=True)
class ContainerUsage:
    """What one container of a running pod asks for, and what it uses at this moment."""

    workload: Owner
    pod: str
    container: str
    asked_cpu_milli: int
    asked_memory_mib: int
    cpu_milli: int
    memory_mib: int


class Answer(StrEnum):
    """What the eviction subresource said."""

    EVICTED = "evicted"  # 201: on its way out
    GONE = "gone"  # 404, or 409 with another uid: no such pod any more
    BUDGET = "budget"  # 429 with cause DisruptionBudget
    NOT_YET = "not_yet"  # 429 with Retry-After: the budget's status is being computed
    MISCONFIGURED = "misconfigured"  # 500: several budgets select the pod


@dataclass(frozen=True, slots=True)
class EvictionAnswer:
    answer: Answer
    message: str = ""
    retry_after_seconds: int = 0


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A watch event. `kind` is ADDED, MODIFIED, DELETED or BOOKMARK (then `node` is None)."""

    kind: str
    node: SeenNode | None
    version: str


@dataclass(frozen=True, slots=True)
class PodChange:
    """As NodeChange."""

    kind: str
    pod: SeenPod | None
    version: str


Claim = tuple[str, str]  # namespace, name of a PersistentVolumeClaim


class Right(Protocol):
    """Something that one may do in a cluster, in RBAC's words; `path` is an address that is no resource."""

    @property
    def verb(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def resource(self) -> str: ...
    @property
    def subresource(self) -> str: ...
    @property
    def path(self) -> str: ...


class Kube(Protocol):
    """A cluster.

    Every method may raise ClusterUnreachable, ClusterUnauthorized, ClusterForbidden and ClusterRefused
    (apps.fleet.errors), and with a token of AWS what the cloud raises; what a method raises beside is named
    there.
    """

    def version(self) -> str:
        """The Kubernetes version that the API server runs, without its patch: `1.34`."""

    def nodes(self) -> tuple[list[SeenNode], str]:
        """Every node, and the resourceVersion of the list."""

    def node(self, name: str) -> SeenNode:
        """Raises NodeMissing."""

    def watch_nodes(self, version: str, *, seconds: int) -> Iterator[NodeChange]:
        """Changes after `version`, until the server ends the stream. Raises WatchExpired on 410."""

    def pods_on(self, node_name: str) -> list[SeenPod]:
        """The pods bound to a node."""

    def waiting_pods(self) -> list[SeenPod]:
        """The pods that no node has yet."""

    def pods(self) -> tuple[list[SeenPod], str]:
        """Every pod, and the resourceVersion of the list."""

    def watch_pods(self, version: str, *, seconds: int) -> Iterator[PodChange]:
        """As `watch_nodes`."""

    def claim_zones(self, claims: Collection[Claim]) -> dict[Claim, frozenset[str] | None]:
        """The zones from which the volumes of some claims can be reached.

        None where that is everywhere, or where the claim has no volume yet; a claim that is not there is
        absent.
        """

    def budgets(self, namespaces: Iterable[str]) -> list[SeenBudget]:
        """The disruption budgets of some namespaces."""

    def usage(self) -> list[ContainerUsage] | None:
        """What every running container uses now; None where the cluster has no metrics API."""

    def replicas(self, owner: Owner) -> Replicas | None:
        """How an owner (ReplicaSet, StatefulSet, Job, …) stands; None where it is gone or has no replicas."""

    def may(self, right: Right) -> bool:
        """Whether the API would let us use that right, everywhere in the cluster."""

    def taint(self, node_name: str, taint: Taint) -> None:
        """Add a taint; adding it twice is once. Raises NodeMissing."""

    def untaint(self, node_name: str, key: str) -> None:
        """Remove a taint by its key; absent is fine. Raises NodeMissing."""

    def label(self, node_name: str, key: str, value: str | None) -> None:
        """Set a label, or remove it with None. Raises NodeMissing."""

    def evict(self, pod: SeenPod) -> EvictionAnswer:
        """Ask for one pod's eviction, by its uid. Never forces."""

    def bind(self, pod: SeenPod, node_name: str) -> bool:
        """Put one pod, by its uid, on a node; False where somebody was faster or it is gone.

        The API asks neither whether the node has room nor whether it exists.
        """

    def attachments(self, node_name: str) -> int:
        """How many volumes are still attached to a node."""

    def delete_node(self, node_name: str) -> None:
        """Delete a node object whose machine is gone; absent is fine."""
