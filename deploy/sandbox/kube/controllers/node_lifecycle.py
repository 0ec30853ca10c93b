"""Node taints by condition, and nodes that no longer answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .. import facts
from ..admission import NOT_READY, UNREACHABLE
from ..kinds import LEASES, NODES, PODS, Obj
from ..nodes import PRESSURES
from ..store import Change, Record, now_text
from ..writes import set_condition
from .base import Controller, Desk
from .fit import UNSCHEDULABLE
from .kubelet import LEASE_NAMESPACE, Kubelets

LOOK_SECONDS = 1.0
# How long a node that never said anything is waited for.
STARTUP_SECONDS = 60
TAINT_OF_PRESSURE = {
    "MemoryPressure": "memory-pressure",
    "DiskPressure": "disk-pressure",
    "PIDPressure": "pid-pressure",
}
OURS = {
    NOT_READY,
    UNREACHABLE,
    UNSCHEDULABLE["key"],
    *(f"node.kubernetes.io/{name}" for name in TAINT_OF_PRESSURE.values()),
}
SILENT = "Kubelet stopped posting node status."


class NodeLifecycle(Controller[str]):
    """Keys are names of nodes."""

    notices = {NODES: "notice_node"}

    def __init__(self, desk: Desk, kubelets: Kubelets) -> None:
        super().__init__(desk)
        self._kubelets = kubelets
        self._died: dict[str, datetime] = {}

    def start(self) -> None:
        self.desk.later(LOOK_SECONDS, self._look)

    def notice_node(self, change: Change) -> None:
        name = change.record.key[1]
        if change.type == "DELETED":
            self._died.pop(name, None)
        else:
            self.mark(name)

    def reconcile(self, key: str) -> None:
        node = self.store.get(NODES, "", key)
        if node is None:
            return
        everything_out = not any(facts.is_ready(other.obj) for other in self.store.all(NODES))
        wanted = _taints(node.obj, evicts=not everything_out)
        present = node.obj["spec"].get("taints") or []
        kept = [
            taint for taint in present if taint["key"] not in OURS or any(_same(taint, one) for one in wanted)
        ]
        added = [taint for taint in wanted if not any(_same(taint, one) for one in kept)]
        if kept + added != present:
            self.store.edit(node, lambda obj: _set_taints(obj, kept + added))

    def _look(self) -> None:
        self.desk.later(LOOK_SECONDS, self._look)
        now = datetime.now(UTC)
        for node in self.store.all(NODES):
            name = node.key[1]
            if name in self._kubelets.machines:
                continue
            if name in self._kubelets.dead:
                died = self._died.setdefault(name, now)
                silent = now - died >= timedelta(seconds=self.knobs.death_notice_seconds)
            else:
                silent = self._is_silent(node, now)
            if silent and (facts.condition(node.obj, "Ready") or {}).get("status") != "Unknown":
                self._lose(node)

    def _is_silent(self, node: Record, now: datetime) -> bool:
        """Whether neither the lease nor the node's own heartbeat is recent."""
        seen = [datetime.fromisoformat(node.obj["metadata"]["creationTimestamp"])]
        limit = timedelta(seconds=STARTUP_SECONDS)
        ready = facts.condition(node.obj, "Ready")
        if ready is not None:
            limit = timedelta(seconds=self.knobs.unreachable_seconds)
            if ready.get("lastHeartbeatTime"):
                seen.append(datetime.fromisoformat(ready["lastHeartbeatTime"]))
        lease = self.store.get(LEASES, LEASE_NAMESPACE, node.key[1])
        if lease is not None and lease.obj["spec"].get("renewTime"):
            seen.append(datetime.fromisoformat(lease.obj["spec"]["renewTime"]))
        return now - max(seen) >= limit

    def _lose(self, node: Record) -> None:
        never = facts.condition(node.obj, "Ready") is None
        reason, message = (
            ("NodeStatusNeverUpdated", "Kubelet never posted node status.")
            if never
            else ("NodeStatusUnknown", SILENT)
        )

        def change(obj: Obj) -> None:
            for name in ("Ready", *PRESSURES):
                set_condition(obj["status"], name, "Unknown", reason=reason, message=message)

        lost = self.store.edit(node, change)
        self.desk.say(
            lost,
            "Normal",
            "NodeNotReady",
            f"Node {node.key[1]} status is now: NodeNotReady",
            "node-controller",
        )
        for pod in self.store.all(PODS):
            if facts.node_of(pod.obj) == node.key[1] and facts.is_ready(pod.obj):
                self.store.edit(pod, _set_not_ready)
        # Whether all nodes are out may have changed for the others, too.
        for other in self.store.all(NODES):
            self.mark(other.key[1])


def _set_not_ready(pod: Obj) -> None:
    set_condition(pod["status"], "Ready", "False", reason="NodeNotReady")


def _taints(node: Obj, *, evicts: bool) -> list[Obj]:
    """The taints that a node's conditions and its cordon bring."""
    wanted: list[Obj] = []
    if node["spec"].get("unschedulable"):
        wanted.append(dict(UNSCHEDULABLE))
    ready = facts.condition(node, "Ready")
    if ready is None:
        wanted.append({"key": NOT_READY, "effect": "NoSchedule"})
    elif ready["status"] != "True":
        key = UNREACHABLE if ready["status"] == "Unknown" else NOT_READY
        wanted.append({"key": key, "effect": "NoSchedule"})
        if evicts:
            wanted.append({"key": key, "effect": "NoExecute"})
    wanted += [
        {"key": f"node.kubernetes.io/{name}", "effect": "NoSchedule"}
        for condition, name in TAINT_OF_PRESSURE.items()
        if facts.is_true(node, condition)
    ]
    return wanted


def _same(one: Obj, other: Obj) -> bool:
    return bool(one["key"] == other["key"] and one["effect"] == other["effect"])


def _set_taints(node: Obj, taints: list[Obj]) -> None:
    for taint in taints:
        if taint["key"] in OURS and "timeAdded" not in taint:
            taint["timeAdded"] = now_text()
    if taints:
        node["spec"]["taints"] = taints
    else:
        node["spec"].pop("taints", None)
