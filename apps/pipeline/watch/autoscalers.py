"""Which other autoscaler runs in a cluster: two of them buy nodes for the same pods. Pure."""

from collections.abc import Iterable

from apps.fleet.kube.port import SeenNode, SeenPod

NAME_LABELS = ("app.kubernetes.io/name", "k8s-app", "app")
KARPENTER, CLUSTER_AUTOSCALER, AUTO_MODE = "Karpenter", "Cluster Autoscaler", "EKS Auto Mode"
KNOWN = {
    "karpenter": KARPENTER,
    "cluster-autoscaler": CLUSTER_AUTOSCALER,
    "aws-cluster-autoscaler": CLUSTER_AUTOSCALER,
}
# EKS runs its own Karpenter outside of the cluster: only its nodes are seen.
AUTO_MODE_LABEL, AUTO = "eks.amazonaws.com/compute-type", "auto"
GONE_SECONDS = 120.0


def autoscaler_among(pods: Iterable[SeenPod], nodes: Iterable[SeenNode]) -> str:
    """The name of the first that is found, empty where there is none.

    One that waits for a node itself counts: its cluster wants it.
    """
    for pod in pods:
        for label in NAME_LABELS:
            if found := KNOWN.get(pod.labels.get(label, "")):
                return found
        if pod.owner is not None and (found := KNOWN.get(_without_hash(pod.owner.name))):
            return found
    if any(node.labels.get(AUTO_MODE_LABEL) == AUTO for node in nodes):
        return AUTO_MODE
    return ""


def _without_hash(replica_set: str) -> str:
    """The Deployment's name in that of its ReplicaSet."""
    return replica_set.rpartition("-")[0]


class AutoscalerSeen:
    """What is known of it, so that only news is written. One that is being replaced is not gone yet."""

    def __init__(self, known: str) -> None:
        self._known = known
        self._missing_since: float | None = None

    def is_news(self, found: str, now: float) -> bool:
        """Whether what was found now is to be written."""
        if found or not self._known:
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now
        if found == self._known or (not found and now - (self._missing_since or now) < GONE_SECONDS):
            return False
        self._known = found
        return True
