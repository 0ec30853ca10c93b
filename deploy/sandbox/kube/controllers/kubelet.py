"""The kubelets of simulated machines: they register, renew their lease, start pods and end them."""

from __future__ import annotations

import itertools

from .. import facts
from ..kinds import LEASES, NODES, PODS, Obj
from ..nodes import Machine, node, set_ready
from ..selectors import label_selector
from ..store import Change, Key, Record, now_text
from ..writes import DeleteOptions, create, delete, set_condition
from .base import Controller, Desk

LEASE_NAMESPACE = "kube-node-lease"


class Kubelets(Controller[Key]):
    """Keys are namespace and name of a pod on one of the machines."""

    notices = {PODS: "notice_pod", NODES: "notice_node"}

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.machines: dict[str, Machine] = {}
        self.dead: set[str] = set()
        self._ending: set[str] = set()
        self._addresses = itertools.count(1)

    def start(self) -> None:
        self.desk.later(self.knobs.lease_seconds, self._renew)

    def join(self, machine: Machine, *, ready_after: float = 0.0) -> None:
        """Register a machine's Node; it is Ready after some seconds.

        A machine that was stopped and runs again finds its Node. Raises 409 where the name is another's.
        """
        wanted, present = node(machine), self.store.get(NODES, "", machine.name)
        is_back = present is not None and present.obj["spec"].get("providerID") == wanted["spec"].get(
            "providerID", "none"
        )
        if not is_back:
            create(self.store, NODES, wanted)
        self.dead.discard(machine.name)
        self.machines[machine.name] = machine
        self._lease(machine.name)
        if ready_after:
            self.desk.later(ready_after, self._ready, machine.name)
        else:
            self._ready(machine.name)

    def die(self, name: str) -> None:
        """The machine stops in the middle of everything; its Node stays until somebody notices."""
        if self.machines.pop(name, None) is not None:
            self.dead.add(name)

    def notice_node(self, change: Change) -> None:
        # A kubelet whose Node is deleted registers no other one.
        if change.type == "DELETED":
            self.machines.pop(change.record.key[1], None)
            self.dead.discard(change.record.key[1])

    def notice_pod(self, change: Change) -> None:
        if change.type != "DELETED" and facts.node_of(change.record.obj) in self.machines:
            self.mark(change.record.key)

    def reconcile(self, key: Key) -> None:
        pod = self._own(key)
        if pod is None:
            return
        if facts.is_ending(pod.obj):
            self._begin_end(pod)
        elif pod.obj["status"].get("phase") == "Pending" and not pod.obj["status"].get("startTime"):
            self.store.edit(pod, _accept)
            self.desk.later(self.knobs.pod_start_seconds, self._run, key, pod.uid)

    def _own(self, key: Key) -> Record | None:
        pod = self.store.get(PODS, *key)
        return pod if pod is not None and facts.node_of(pod.obj) in self.machines else None

    def _is_stuck(self, pod: Record) -> bool:
        stuck = self.knobs.stuck_pods
        return bool(stuck) and label_selector(stuck).matches(facts.labels(pod.obj))

    def _run(self, key: Key, uid: str) -> None:
        pod = self._own(key)
        if pod is None or pod.uid != uid or facts.is_ending(pod.obj):
            return
        machine = self.machines[facts.node_of(pod.obj)]
        number = next(self._addresses)
        address = f"100.{64 + (number >> 16) % 64}.{(number >> 8) % 256}.{number % 256}"
        ready = not self._is_stuck(pod)
        self.store.edit(pod, lambda obj: _running(obj, machine.ip, address, ready=ready))

    def _begin_end(self, pod: Record) -> None:
        if pod.uid not in self._ending and not self._is_stuck(pod):
            self._ending.add(pod.uid)
            grace = pod.obj["metadata"].get("deletionGracePeriodSeconds", 0)
            self.desk.later(min(grace, self.knobs.grace_cap_seconds), self._end, pod.key, pod.uid)

    def _end(self, key: Key, uid: str) -> None:
        self._ending.discard(uid)
        pod = self._own(key)
        if pod is not None and pod.uid == uid:
            stopped = self.store.edit(pod, _stop)
            delete(self.store, stopped, DeleteOptions(grace=0))

    def _ready(self, name: str) -> None:
        registered = self.store.get(NODES, "", name)
        if registered is not None and name in self.machines:
            self.store.edit(registered, lambda obj: set_ready(obj, True))
            self.desk.say(
                registered, "Normal", "NodeReady", f"Node {name} status is now: NodeReady", "kubelet"
            )

    def _renew(self) -> None:
        for name in self.machines:
            self._lease(name)
        self.desk.later(self.knobs.lease_seconds, self._renew)

    def _lease(self, name: str) -> None:
        lease = self.store.get(LEASES, LEASE_NAMESPACE, name)
        if lease is not None:
            self.store.edit(lease, lambda obj: obj["spec"].update(renewTime=now_text(micro=True)))
            return
        create(
            self.store,
            LEASES,
            {
                "metadata": {"name": name, "namespace": LEASE_NAMESPACE},
                "spec": {
                    "holderIdentity": name,
                    "leaseDurationSeconds": 40,
                    "renewTime": now_text(micro=True),
                },
            },
        )


def _accept(pod: Obj) -> None:
    pod["status"]["startTime"] = now_text()
    set_condition(pod["status"], "Initialized", "True")
    for name in ("Ready", "ContainersReady"):
        set_condition(
            pod["status"],
            name,
            "False",
            reason="ContainersNotReady",
            message="containers with unready status",
        )
    pod["status"]["containerStatuses"] = [
        {
            "name": c["name"],
            "image": c["image"],
            "imageID": "",
            "ready": False,
            "started": False,
            "restartCount": 0,
            "state": {"waiting": {"reason": "ContainerCreating"}},
        }
        for c in pod["spec"]["containers"]
    ]


def _running(pod: Obj, host: str, address: str, *, ready: bool) -> None:
    status = pod["status"]
    status |= {
        "phase": "Running",
        "hostIP": host,
        "hostIPs": [{"ip": host}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "observedGeneration": pod["metadata"]["generation"],
    }
    set_condition(status, "PodReadyToStartContainers", "True")
    status["conditions"] = [
        c
        if c["type"] not in ("Ready", "ContainersReady")
        else {"type": c["type"], "status": c["status"], "lastTransitionTime": c["lastTransitionTime"]}
        for c in status["conditions"]
    ]
    for name in ("Ready", "ContainersReady"):
        set_condition(status, name, "True" if ready else "False")
    for container in status["containerStatuses"]:
        container |= {
            "ready": ready,
            "started": True,
            "state": {"running": {"startedAt": now_text()}},
            "imageID": f"sandbox@{container['image']}",
        }


def _stop(pod: Obj) -> None:
    for name in ("Ready", "ContainersReady"):
        set_condition(pod["status"], name, "False", reason="PodCompleted")
    for container in pod["status"].get("containerStatuses") or ():
        container |= {
            "ready": False,
            "state": {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": now_text()}},
        }
