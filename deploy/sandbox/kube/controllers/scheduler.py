"""Places pods: filters the nodes, takes the emptiest, and says why where none fits."""

from __future__ import annotations

from .. import facts
from ..kinds import CLAIMS, NODES, PODS, VOLUMES, Obj
from ..quantities import Amounts, requests
from ..store import Change, Key, Record, encode
from ..subresources import assign
from ..writes import set_condition
from . import fit
from .base import Controller, Desk
from .fit import NodeView, Refusal

NAME = "default-scheduler"
RETRY_SECONDS = 0.05
RETRY: Key = ("", "")


class Scheduler(Controller[Key]):
    """Keys are namespace and name of a pod without a node, or RETRY for all that did not fit."""

    notices = {NODES: "notice_node", PODS: "notice_pod"}

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._nodes: dict[str, NodeView] = {}
        # The pods without a node, and whether where others are can help or hinder them.
        self._waiting: dict[Key, bool] = {}
        self._places: dict[Key, str] = {}
        self._retries = False
        self._hopeless: dict[bytes, str] = {}

    def notice_node(self, change: Change) -> None:
        name, node = change.record.key[1], change.record.obj
        if change.type == "DELETED":
            self._nodes.pop(name, None)
            self._hopeless.clear()
            return
        before = change.previous.obj if change.previous else None
        if name not in self._nodes:
            self._nodes[name] = NodeView(node)
            for key, place in self._places.items():
                pod = self.store.get(PODS, *key)
                if place == name and pod is not None:
                    self._nodes[name].add(pod, requests(pod.obj["spec"]))
        self._nodes[name].see(node)
        if before is None or _differs(before, node):
            self._retry_soon()

    def notice_pod(self, change: Change) -> None:
        pod, key = change.record.obj, change.record.key
        place = facts.node_of(pod)
        if change.type == "DELETED" or facts.is_over(pod):
            self._waiting.pop(key, None)
            self._leave(key)
        elif place:
            self._waiting.pop(key, None)
            self._enter(change.record, place)
        elif change.type == "ADDED" or _wants_another_try(change):
            self._waiting[key] = fit.minds_others(pod)
            self.mark(key)

    def _enter(self, pod: Record, place: str) -> None:
        is_new = self._places.get(pod.key) != place
        self._places[pod.key] = place
        view = self._nodes.get(place)
        if view is not None:
            present = view.pods.get(pod.key)
            view.add(pod, present[0] if present else requests(pod.obj["spec"]))
        if is_new and any(self._waiting.values()):
            self._retry_soon()

    def _leave(self, key: Key) -> None:
        place = self._places.pop(key, None)
        view = self._nodes.get(place or "")
        if view is not None and view.remove(key):
            self._retry_soon()

    def _retry_soon(self) -> None:
        self._hopeless.clear()
        if not self._retries and self._waiting and self.desk.is_open:
            self._retries = True
            self.mark_later(RETRY_SECONDS, RETRY)

    def reconcile(self, key: Key) -> None:
        if key == RETRY:
            self._retries = False
            for waiting in self._waiting:
                self.mark(waiting)
            return
        pod = self.store.get(PODS, *key)
        if pod is None or facts.node_of(pod.obj) or facts.is_ending(pod.obj):
            return
        spec = pod.obj["spec"]
        if spec["schedulerName"] == NAME and not spec.get("schedulingGates"):
            self._place(pod)

    def _place(self, pod: Record) -> None:
        shape = encode([pod.key[0], pod.obj["spec"], facts.labels(pod.obj)])
        reason = self._hopeless.get(shape)
        if reason is None:
            best, reason = self._choose(pod.obj, requests(pod.obj["spec"]))
            if best is not None:
                assign(self.store, pod, best)
                self.desk.say(
                    pod,
                    "Normal",
                    "Scheduled",
                    f"Successfully assigned {pod.key[0]}/{pod.key[1]} to {best}",
                    NAME,
                )
                return
            self._hopeless[shape] = reason
        self._refuse(pod, reason)

    def _choose(self, pod: Obj, requested: Amounts) -> tuple[str | None, str]:
        """The node for a pod, or the message that names why there is none."""
        refusals: list[Refusal] = []
        best, best_score = None, 0.0
        views = list(self._nodes.values())
        neighbours = any(view.exclusive for view in views) or fit.affinity(pod) or fit.anti_affinity(pod)
        owner = (facts.owner(pod) or {}).get("uid", "-")
        volumes = self._volumes(pod)
        for view in views:
            refusal = fit.refuse(pod, requested, view)
            if not refusal and not fit.reaches(volumes, view.node):
                refusal = ("node(s) had volume node affinity conflict",)
            if not refusal and fit.refuse_spread(pod, view, views):
                refusal = ("node(s) didn't match pod topology spread constraints",)
            if not refusal and neighbours and (reason := fit.refuse_neighbours(pod, view, views)):
                refusal = (reason,)
            if refusal:
                refusals.append(refusal)
                continue
            score = _score(requested, view, owner)
            if best is None or score > best_score:
                best, best_score = view.node["metadata"]["name"], score
        return best, "" if best is not None else fit.explain(len(views), refusals)

    def _volumes(self, pod: Obj) -> list[Obj]:
        """The node affinity of each volume that the pod's claims are already bound to."""
        found = []
        for name in facts.claims(pod):
            claim = self.store.get(CLAIMS, pod["metadata"]["namespace"], name)
            volume = self.store.get(VOLUMES, "", claim.obj["spec"].get("volumeName", "")) if claim else None
            if volume is not None and volume.obj["spec"].get("nodeAffinity"):
                found.append(volume.obj["spec"]["nodeAffinity"]["required"])
        return found

    def _refuse(self, pod: Record, message: str) -> None:
        present = facts.condition(pod.obj, "PodScheduled")
        if present is not None and present.get("message") == message:
            return

        def refuse(obj: Obj) -> None:
            set_condition(
                obj["status"],
                "PodScheduled",
                "False",
                reason="Unschedulable",
                message=message,
                lastProbeTime=None,
                observedGeneration=obj["metadata"]["generation"],
            )

        refused = self.store.edit(pod, refuse)
        self.desk.say(refused, "Warning", "FailedScheduling", message, NAME)


def _differs(before: Obj, node: Obj) -> bool:
    return (
        before["spec"] != node["spec"]
        or facts.labels(before) != facts.labels(node)
        or before["status"].get("allocatable") != node["status"].get("allocatable")
    )


def _wants_another_try(change: Change) -> bool:
    before = change.previous
    return before is not None and (
        before.obj["spec"] != change.record.obj["spec"]
        or facts.labels(before.obj) != facts.labels(change.record.obj)
    )


def _score(requested: Amounts, view: NodeView, owner: str) -> float:
    """Emptier is better, and so is a node without pods of the same owner."""
    free = [
        (view.free[name] - requested.get(name, 0)) / view.total[name]
        for name in ("cpu", "memory")
        if view.total.get(name)
    ]
    return sum(free) / max(len(free), 1) - 0.5 * view.owners[owner]
