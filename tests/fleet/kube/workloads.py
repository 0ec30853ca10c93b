"""What tests run in a cluster."""

import time
from collections.abc import Callable
from typing import Any

from .standin import TestCluster

WAIT_SECONDS = 15
ZONE = "topology.kubernetes.io/zone"


def wait_until(condition: Callable[[], Any], *, seconds: float = WAIT_SECONDS) -> None:
    """Wait for a condition of the other side; fails when it does not come true."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not come true in time"
        time.sleep(0.05)


def pod_spec(node: str, grace: int = 30) -> dict[str, Any]:
    requests = {"cpu": "100m", "memory": "64Mi"}
    return {
        "nodeSelector": {"kubernetes.io/hostname": node},
        "terminationGracePeriodSeconds": grace,
        "containers": [{"name": "app", "image": "app", "resources": {"requests": requests}}],
    }


def pod(cluster: TestCluster, name: str, *, node: str, namespace: str = "default") -> None:
    body = {"metadata": {"name": name, "labels": {"app": name}}, "spec": pod_spec(node)}
    cluster.api("POST", f"/api/v1/namespaces/{namespace}/pods", body)


def deployment(cluster: TestCluster, name: str, *, replicas: int, node: str, grace: int = 30) -> None:
    body = {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec(node, grace)},
        },
    }
    cluster.api("POST", "/apis/apps/v1/namespaces/default/deployments", body)


def budget(
    cluster: TestCluster,
    name: str,
    *,
    min_available: int,
    app: str | None = None,
    namespace: str = "default",
) -> None:
    selector = {"matchLabels": {"app": app or name}}
    body = {"metadata": {"name": name}, "spec": {"minAvailable": min_available, "selector": selector}}
    cluster.api("POST", f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets", body)


def claim(cluster: TestCluster, name: str, *, volume: str = "", namespace: str = "default") -> None:
    """A claim; `volume` names the one that it is bound to."""
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "volumeName": volume,
    }
    body = {"metadata": {"name": name}, "spec": spec}
    cluster.api("POST", f"/api/v1/namespaces/{namespace}/persistentvolumeclaims", body)


def volume(cluster: TestCluster, name: str, *, zones: list[str], key: str = ZONE) -> None:
    """A volume that can be reached from these zones; from everywhere where none is named."""
    terms = [{"matchExpressions": [{"key": key, "operator": "In", "values": [zone]}]} for zone in zones]
    spec: dict[str, Any] = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": name},
    }
    if terms:
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": terms}}
    cluster.api("POST", "/api/v1/persistentvolumes", {"metadata": {"name": name}, "spec": spec})
