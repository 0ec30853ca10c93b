"""Deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer."""

from __future__ import annotations

from .. import facts
from ..kinds import NODES, PODS, Obj
from ..store import Change, Record
from ..writes import DeleteOptions, delete, set_condition
from .base import Controller


class TaintEviction(Controller[str]):
    """Keys are names of nodes."""

    notices = {NODES: "notice_node", PODS: "notice_pod"}

    def notice_node(self, change: Change) -> None:
        before = change.previous
        if before is None or before.obj["spec"].get("taints") != change.record.obj["spec"].get("taints"):
            self.mark(change.record.key[1])

    def notice_pod(self, change: Change) -> None:
        place = facts.node_of(change.record.obj)
        bound_now = change.previous is None or not facts.node_of(change.previous.obj)
        node = self.store.get(NODES, "", place) if place and bound_now else None
        if node is not None and _evicting(node.obj):
            self.mark(place)

    def reconcile(self, key: str) -> None:
        node = self.store.get(NODES, "", key)
        taints = _evicting(node.obj) if node is not None else []
        if not taints:
            return
        for pod in self.store.all(PODS):
            if facts.node_of(pod.obj) == key and not facts.is_ending(pod.obj):
                self._judge(pod, taints)

    def _judge(self, pod: Record, taints: list[Obj]) -> None:
        found = [facts.tolerates(pod.obj["spec"].get("tolerations") or [], taint) for taint in taints]
        limits = [
            toleration["tolerationSeconds"]
            for toleration in found
            if toleration is not None and toleration.get("tolerationSeconds") is not None
        ]
        if None in found:
            self._evict(pod)
        elif limits:
            self.desk.later(min(limits), self._evict_if_still, pod, taints)

    def _evict_if_still(self, pod: Record, taints: list[Obj]) -> None:
        present = self.store.get(PODS, *pod.key)
        if present is None or present.uid != pod.uid or facts.is_ending(present.obj):
            return
        node = self.store.get(NODES, "", facts.node_of(present.obj))
        # The same taint since then: one that went and came again has its own time.
        if node is not None and all(taint in _evicting(node.obj) for taint in taints):
            self._evict(present)

    def _evict(self, pod: Record) -> None:
        marked = self.store.edit(pod, _mark)
        delete(self.store, marked, DeleteOptions())


def _mark(pod: Obj) -> None:
    set_condition(
        pod["status"],
        "DisruptionTarget",
        "True",
        reason="DeletionByTaintManager",
        message="Taint manager: deleting due to NoExecute taint",
        observedGeneration=pod["metadata"]["generation"],
    )


def _evicting(node: Obj) -> list[Obj]:
    return [taint for taint in node["spec"].get("taints") or () if taint["effect"] == "NoExecute"]
