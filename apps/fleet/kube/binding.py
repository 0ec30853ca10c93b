"""The body that binds a pod to a node, and the answers that mean that somebody else has."""

from typing import Any

from .port import SeenPod

# 409: placed meanwhile, on its way out, or another pod of that name. 404: gone.
NOT_OURS_ANY_MORE = frozenset({404, 409})


def binding_of(pod: SeenPod, node_name: str) -> dict[str, Any]:
    """Binds exactly this pod, and not another one that took its name since."""
    return {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": pod.name, "namespace": pod.namespace, "uid": pod.uid},
        "target": {"apiVersion": "v1", "kind": "Node", "name": node_name},
    }
