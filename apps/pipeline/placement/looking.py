"""A cluster's state asked for anew, for whoever has no cache of it: pages, commands, the API."""

from datetime import datetime

from apps.fleet.kube import kube_of
from apps.fleet.models import Cluster

from .state import ClusterState


def look(cluster: Cluster, now: datetime) -> ClusterState:
    """Nodes, pods and volumes as they are now: a few lists. Raises what the cluster raises."""
    kube = kube_of(cluster)
    nodes, _ = kube.nodes()
    pods = [pod for pod in kube.pods()[0] if not pod.is_finished]
    claims = {(pod.namespace, claim) for pod in pods for claim in pod.claims}
    zones = kube.claim_zones(claims) if claims else {}
    return ClusterState(
        at=now,
        nodes=nodes,
        pods=pods,
        claim_zones={claim: reached for claim, reached in zones.items() if reached},
    )
