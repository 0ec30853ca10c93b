"""A stand-in inside the test's own event loop, with short waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from deploy.sandbox.kube import facts, kinds, writes
from deploy.sandbox.kube.cluster import Cluster
from deploy.sandbox.kube.instance_types import InstanceTypes
from deploy.sandbox.kube.kinds import Kind, Obj
from deploy.sandbox.kube.knobs import Knobs
from deploy.sandbox.kube.nodes import Machine
from deploy.sandbox.kube.sandbox import Sandbox
from deploy.sandbox.kube.store import Record, Store

TYPES = InstanceTypes()
KNOBS = Knobs(
    join_seconds=0.02,
    pod_start_seconds=0.02,
    grace_cap_seconds=0.02,
    death_notice_seconds=0.0,
    pod_gc_seconds=0.05,
)
WAIT_SECONDS = 5.0


class World:
    """One cluster and what tests ask of it."""

    def __init__(self) -> None:
        self.sandbox = Sandbox("https://127.0.0.1:1", "ca", KNOBS, TYPES)
        self.cluster: Cluster = self.sandbox.add("test", {}, None)

    @property
    def store(self) -> Store:
        return self.cluster.store

    def machine(self, name: str, *, zone: str = "us-east-1a", **more: Any) -> None:
        size = TYPES.size("m5.large")
        self.cluster.controllers.kubelets.join(Machine(name, "m5.large", zone, size, "10.0.0.1", **more))

    def make(self, kind: Kind, name: str, spec: Obj, **metadata: Any) -> Record:
        meta = {"name": name, **({"namespace": "default"} if kind.namespaced else {}), **metadata}
        return writes.create(self.store, kind, {"metadata": meta, "spec": spec})

    def workload(self, kind: Kind, name: str, pod: Obj | None = None, **spec: Any) -> Record:
        return self.make(
            kind, name, {"selector": {"matchLabels": {"app": name}}, "template": template(name, pod), **spec}
        )

    def pods(self, app: str = "") -> list[Record]:
        """The pods of an app, in order of their names."""
        found = [pod for pod in self.store.all(kinds.PODS) if app in ("", facts.labels(pod.obj).get("app"))]
        return sorted(found, key=lambda pod: pod.key)

    def places(self, app: str = "") -> list[str]:
        return sorted(facts.node_of(pod.obj) for pod in self.pods(app))

    def ready(self, app: str = "") -> int:
        return sum(1 for pod in self.pods(app) if facts.is_ready(pod.obj) and not facts.is_ending(pod.obj))

    def edit(self, kind: Kind, name: str, change: Callable[[Obj], None]) -> Record:
        """A client's update of an object in `default`, or of one without a namespace."""
        old = self.store.need(kind, "default" if kind.namespaced else "", name)
        new = old.thaw()
        change(new)
        return writes.update(self.store, old, new)

    async def until(self, check: Callable[[], Any]) -> Any:
        """What `check` returns once that is truthy."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not (found := check()):
                await asyncio.sleep(0.005)
        return found


def template(app: str, pod: Obj | None = None) -> Obj:
    containers = [{"name": "main", "image": "app:1", "resources": {"requests": {"cpu": "100m"}}}]
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": containers, **(pod or {})}}
