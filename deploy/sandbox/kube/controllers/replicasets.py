"""Keeps as many pods as a ReplicaSet asks for."""

from __future__ import annotations

from .. import facts
from ..kinds import PODS, REPLICASETS, Obj
from ..store import Change, Key, Record
from ..writes import DeleteOptions, delete
from .base import ObjectController
from .workloads import counts, create_pod, pod_from, pods_of, worth


class ReplicaSets(ObjectController):
    """Keys are namespace and name of a ReplicaSet."""

    notices = {REPLICASETS: "mark_object", PODS: "notice_pod"}

    def notice_pod(self, change: Change) -> None:
        owner = facts.owner(change.record.obj)
        if owner and owner["kind"] == "ReplicaSet":
            self.mark((change.record.key[0], owner["name"]))

    def reconcile(self, key: Key) -> None:
        replica_set = self.store.get(REPLICASETS, *key)
        if replica_set is None or facts.is_ending(replica_set.obj):
            return
        pods = [pod for pod in pods_of(self.store, replica_set) if facts.is_active(pod.obj)]
        missing = replica_set.obj["spec"]["replicas"] - len(pods)
        for _ in range(missing):
            created = create_pod(self.store, pod_from(replica_set.obj["spec"]["template"], replica_set))
            pods.append(created)
        for pod in sorted(pods, key=worth)[: max(-missing, 0)]:
            delete(self.store, pod, DeleteOptions())
            pods.remove(pod)
        self._report(replica_set, pods)

    def _report(self, replica_set: Record, pods: list[Record]) -> None:
        status: Obj = {**counts(pods), "observedGeneration": replica_set.obj["metadata"]["generation"]}
        if pods:
            status["fullyLabeledReplicas"] = len(pods)
        self.store.edit(replica_set, lambda obj: obj.update(status=status))
