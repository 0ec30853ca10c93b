"""Removes pods whose node is gone, after the quarantine that a returning node is given."""

from __future__ import annotations

from .. import facts
from ..kinds import NODES, PODS, Obj
from ..store import Change, Key
from ..writes import DeleteOptions, delete, set_condition
from .base import Controller


class PodGarbage(Controller[Key]):
    """Keys are namespace and name of a pod on a node that did not exist when the quarantine ended."""

    notices = {NODES: "notice_node", PODS: "notice_pod"}

    def notice_node(self, change: Change) -> None:
        if change.type == "DELETED":
            for pod in self.store.all(PODS):
                if facts.node_of(pod.obj) == change.record.key[1]:
                    self.mark_later(self.knobs.pod_gc_seconds, pod.key)

    def notice_pod(self, change: Change) -> None:
        place = facts.node_of(change.record.obj)
        bound_now = change.previous is None or not facts.node_of(change.previous.obj)
        if place and bound_now and self.store.get(NODES, "", place) is None:
            self.mark_later(self.knobs.pod_gc_seconds, change.record.key)

    def reconcile(self, key: Key) -> None:
        pod = self.store.get(PODS, *key)
        if pod is None or self.store.get(NODES, "", facts.node_of(pod.obj)) is not None:
            return
        if not facts.is_over(pod.obj):
            pod = self.store.edit(pod, _fail)
        delete(self.store, pod, DeleteOptions(grace=0))


def _fail(pod: Obj) -> None:
    pod["status"]["phase"] = "Failed"
    set_condition(
        pod["status"],
        "DisruptionTarget",
        "True",
        reason="DeletionByPodGC",
        message="PodGC: node no longer exists",
    )
