"""Pods and budgets for the drain's tests; a test names only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from apps.fleet.kube.port import Owner, SeenBudget, SeenPod

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
REPLICA_SET = Owner("ReplicaSet", "shop", "web-5d")
DAEMON_SET = Owner("DaemonSet", "shop", "logs")


def pod(name: str = "web-1", **changes: Any) -> SeenPod:
    values: dict[str, Any] = {
        "namespace": "shop",
        "name": name,
        "uid": f"uid-{name}",
        "node_name": "node-a",
        "phase": "Running",
        "ready": True,
        "terminating": False,
        "is_mirror": False,
        "owner": REPLICA_SET,
        "labels": {"app": "web"},
        "annotations": {},
        "created_at": NOW - timedelta(hours=1),
        "started_at": NOW - timedelta(hours=1),
        "grace_seconds": 30,
        "cpu_milli": 100,
        "memory_mib": 128,
    }
    return SeenPod(**{**values, **changes})


def budget(name: str = "web", **changes: Any) -> SeenBudget:
    values: dict[str, Any] = {
        "namespace": "shop",
        "name": name,
        "selector": {"matchLabels": {"app": "web"}},
        "allowed": 1,
        "current_healthy": 3,
        "desired_healthy": 2,
        "expected_pods": 3,
    }
    return SeenBudget(**{**values, **changes})
