"""The objects that the tests write."""

from __future__ import annotations

from typing import Any

Obj = dict[str, Any]
IMAGE = "registry.example/app:1"


def container(cpu: str | None = None) -> Obj:
    found: Obj = {"name": "main", "image": IMAGE}
    return found | ({"resources": {"requests": {"cpu": cpu}}} if cpu else {})


def pod(name: str, *, labels: dict[str, str] | None = None, cpu: str | None = None, **spec: Any) -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {"containers": [container(cpu)], **spec},
    }


def deployment(name: str, replicas: int, **spec: Any) -> Obj:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container()], **spec}},
        },
    }


def daemon_set(name: str, **spec: Any) -> Obj:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container()], **spec}},
        },
    }


def budget(name: str, app: str, **spec: Any) -> Obj:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }


def eviction(name: str, *, version: str = "policy/v1", **more: Any) -> Obj:
    return {"apiVersion": version, "kind": "Eviction", "metadata": {"name": name}, **more}


def binding(name: str, node: str, **metadata: str) -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": name, **metadata},
        "target": {"apiVersion": "v1", "kind": "Node", "name": node},
    }


def condition(obj: Obj, kind: str) -> Obj:
    """The object's condition of that type, empty where it has none."""
    found = (obj.get("status") or {}).get("conditions") or []
    return next((one for one in found if one["type"] == kind), {})


def cause(status: Obj) -> Obj:
    """The one cause of a Status."""
    (only,) = status["details"]["causes"]
    return dict(only)
