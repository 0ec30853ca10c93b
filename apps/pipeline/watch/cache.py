"""A cluster as its streams have told it: what plans are made from, without asking the cluster again."""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from apps.fleet.kube.port import SeenNode, SeenPod

from ..placement.state import Claim, ClusterState

DEFAULT_SCHEDULER = "default-scheduler"
# In the scheduler's words: the pod waits for its volume, wherever it might run.
NO_NODE_HELPS = "unbound immediate PersistentVolumeClaims"
UNKNOWN: Mapping[Claim, frozenset[str]] = MappingProxyType({})


class ClusterCache:
    """The nodes and pods of one cluster. Each kind is fed by one thread; any thread may read.

    Pods are kept by uid: another pod of the same name is another pod.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[str, SeenNode] = {}
        self._pods: dict[str, SeenPod] = {}
        self._refused: dict[str, SeenPod] = {}
        self._has_nodes = self._has_pods = False

    @property
    def is_whole(self) -> bool:
        """Whether nodes and pods have both been listed: nothing is planned from half a cluster."""
        return self._has_nodes and self._has_pods

    def state(self, at: datetime, claim_zones: Mapping[Claim, frozenset[str]] = UNKNOWN) -> ClusterState:
        """The cluster at this moment: rows of references, nothing of them copied."""
        with self._lock:
            nodes, pods = tuple(self._nodes.values()), tuple(self._pods.values())
        return ClusterState(at=at, nodes=nodes, pods=pods, claim_zones=claim_zones)

    def unschedulable(self) -> list[SeenPod]:
        """The pods that no node takes and that a new one may help."""
        with self._lock:
            return list(self._refused.values())

    # -------------------------------------------------------------------- nodes

    def only_nodes(self, nodes: Iterable[SeenNode]) -> None:
        """These are all."""
        fresh = {node.name: node for node in nodes}
        with self._lock:
            self._nodes, self._has_nodes = fresh, True

    def put_node(self, node: SeenNode) -> None:
        with self._lock:
            self._nodes[node.name] = node

    def drop_node(self, name: str) -> None:
        with self._lock:
            self._nodes.pop(name, None)

    # --------------------------------------------------------------------- pods

    def only_pods(self, pods: Iterable[SeenPod]) -> None:
        """These are all."""
        fresh = {pod.uid: pod for pod in pods if not pod.is_finished}
        refused = {uid: pod for uid, pod in fresh.items() if waits(pod)}
        with self._lock:
            self._pods, self._refused, self._has_pods = fresh, refused, True

    def put_pod(self, pod: SeenPod) -> None:
        if pod.is_finished:
            self.drop_pod(pod.uid)
            return
        with self._lock:
            self._pods[pod.uid] = pod
            if waits(pod):
                self._refused[pod.uid] = pod
            else:
                self._refused.pop(pod.uid, None)

    def drop_pod(self, uid: str) -> None:
        with self._lock:
            self._pods.pop(uid, None)
            self._refused.pop(uid, None)


def waits(pod: SeenPod) -> bool:
    """Whether it is for us to find a pod its node: it waits for one, and for no other scheduler."""
    is_ours = pod.waits_for_node and pod.scheduler_name == DEFAULT_SCHEDULER
    return is_ours and NO_NODE_HELPS not in pod.refusal
