"""A namespace of one test, and nodes whose kubelet is the test itself."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from tests.contract.kubernetes import objects
from tests.contract.kubernetes.api import STRATEGIC, Api, Obj, answered, eventually

NODES, LEASES = "/api/v1/nodes", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


def now(micro: bool = False) -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


class Workspace:
    """One test's namespace; its pods are kept to its own nodes by a node selector."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.name = f"t-{uuid.uuid4().hex[:10]}"
        self._nodes: list[str] = []
        api.make("/api/v1/namespaces", {"metadata": {"name": self.name}})
        # The controller manager creates it; pods wait for it where the admission plugin is on.
        self.pods = f"/api/v1/namespaces/{self.name}/pods"
        self.budgets = f"/apis/policy/v1/namespaces/{self.name}/poddisruptionbudgets"
        self.deployments = f"/apis/apps/v1/namespaces/{self.name}/deployments"
        self.daemon_sets = f"/apis/apps/v1/namespaces/{self.name}/daemonsets"
        self.config_maps = f"/api/v1/namespaces/{self.name}/configmaps"

    @property
    def here(self) -> dict[str, Any]:
        """The part of a pod's spec that keeps it on this test's nodes."""
        return {"nodeSelector": {"test": self.name}}

    def close(self) -> None:
        for name in self._nodes:
            self.api.delete(f"{NODES}/{name}")
            self.api.delete(f"{LEASES}/{name}")
        for pod in self.api.read(self.pods)["items"]:
            self.api.delete(f"{self.pods}/{pod['metadata']['name']}", gracePeriodSeconds="0")
        self.api.delete(f"/api/v1/namespaces/{self.name}")

    def node(self, suffix: str = "a", *, cpu: str = "4", ready: bool = True) -> str:
        """A node of this test, kept alive by its lease for as long as a test lasts; returns its name."""
        name = f"{self.name}-{suffix}"
        resources = {"cpu": cpu, "memory": "8Gi", "pods": "20"}
        labels = {"test": self.name, "kubernetes.io/hostname": name}
        self.api.make(
            NODES,
            {
                "metadata": {"name": name, "labels": labels},
                "status": {"capacity": resources, "allocatable": resources},
            },
        )
        self._nodes.append(name)
        if ready:
            self.heartbeat(name)
            eventually(lambda: not self.taints(name))
        return name

    def heartbeat(self, name: str) -> None:
        """What a kubelet does first: renew the lease and say that it is Ready."""
        lease = {
            "metadata": {"name": name},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now(micro=True)},
        }
        assert self.api.post(LEASES, lease).status_code in (201, 409)
        conditions = [self._condition("Ready", "True", "KubeletReady")]
        conditions += [self._condition(kind, "False", "KubeletFine") for kind in PRESSURES]
        status = {"status": {"conditions": conditions}}
        answered(self.api.patch(f"{NODES}/{name}/status", status, STRATEGIC), 200)

    def _condition(self, kind: str, status: str, reason: str) -> Obj:
        return {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": "",
            "lastHeartbeatTime": now(),
            "lastTransitionTime": now(),
        }

    def taints(self, node: str) -> list[str]:
        """A node's taints as `key:effect`."""
        found = self.api.read(f"{NODES}/{node}")["spec"].get("taints") or []
        return [f"{taint['key']}:{taint['effect']}" for taint in found]

    def pod(self, name: str) -> Obj:
        return self.api.read(f"{self.pods}/{name}")

    def set_ready(self, name: str, ready: bool = True) -> None:
        """What a kubelet reports of a pod whose containers run."""
        kinds = {"Initialized": True, "ContainersReady": ready, "Ready": ready}
        conditions = [
            {"type": kind, "status": "True" if value else "False", "lastTransitionTime": now()}
            for kind, value in kinds.items()
        ]
        status = {"status": {"phase": "Running", "startTime": now(), "conditions": conditions}}
        answered(self.api.patch(f"{self.pods}/{name}/status", status, STRATEGIC), 200)

    def running(self, name: str, node: str, *, app: str = "web", ready: bool = True) -> Obj:
        """A bound, running pod."""
        self.api.make(self.pods, objects.pod(name, labels={"app": app}, nodeName=node))
        self.set_ready(name, ready)
        return self.pod(name)

    def evict(self, name: str, body: Obj | None = None, **query: str) -> Any:
        return self.api.post(f"{self.pods}/{name}/eviction", body or objects.eviction(name), **query)

    def budget(self, name: str = "guard", app: str = "web", **spec: Any) -> Obj:
        """A budget that the controller has filled in."""
        self.api.make(self.budgets, objects.budget(name, app, **spec))
        return self.settled(name)

    def settled(self, name: str = "guard", **wanted: int) -> Obj:
        """The budget once its status is of its present generation and holds what is wanted."""

        def look() -> Obj | None:
            found = self.api.read(f"{self.budgets}/{name}")
            status = found["status"]
            fresh = status.get("observedGeneration") == found["metadata"]["generation"]
            return found if fresh and wanted.items() <= status.items() else None

        found: Obj = eventually(look)
        return found
