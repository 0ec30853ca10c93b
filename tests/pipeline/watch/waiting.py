"""Pods that wait for a node, and for whom a plan has been asked."""

from typing import Any

from apps.pipeline.models import PlacementRequest
from tests.fleet.kube.standin import TestCluster


def start_pod(kube: TestCluster, name: str, *, cpu: str = "500m", **spec: Any) -> str:
    """The uid of a new pod; without a node it stays Pending."""
    container = {"name": "main", "image": "app", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    body = {"metadata": {"name": name, "labels": {"app": name}}, "spec": {"containers": [container], **spec}}
    made = kube.api("POST", "/api/v1/namespaces/default/pods", body)
    return str(made["metadata"]["uid"])


def asked_for() -> set[str]:
    """The names of the pods that a plan has been asked for."""
    contexts = PlacementRequest.objects.values_list("context", flat=True)
    return {
        name.rpartition("/")[2]
        for context in contexts
        for name in [*context["uids"], *(one["pod"] for one in context["unplaced"])]
    }
