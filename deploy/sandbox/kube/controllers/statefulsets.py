"""Keeps numbered pods, one after the other unless told otherwise, each with its claims."""

from __future__ import annotations

from copy import deepcopy

from .. import facts
from ..kinds import CLAIMS, PODS, STATEFULSETS, Obj
from ..store import Change, Key, Record
from ..writes import DeleteOptions, create, delete
from .base import ObjectController
from .workloads import REVISION, counts, create_pod, pod_from, pods_of, template_hash


class StatefulSets(ObjectController):
    """Keys are namespace and name of a StatefulSet."""

    notices = {STATEFULSETS: "mark_object", PODS: "notice_pod"}

    def notice_pod(self, change: Change) -> None:
        owner = facts.owner(change.record.obj)
        if owner and owner["kind"] == "StatefulSet":
            self.mark((change.record.key[0], owner["name"]))

    def reconcile(self, key: Key) -> None:
        stateful_set = self.store.get(STATEFULSETS, *key)
        if stateful_set is None or facts.is_ending(stateful_set.obj):
            return
        spec = stateful_set.obj["spec"]
        revision = template_hash(spec["template"])
        pods = {pod.key[1]: pod for pod in pods_of(self.store, stateful_set)}
        in_order = spec["podManagementPolicy"] != "Parallel"
        wanted = [f"{stateful_set.key[1]}-{ordinal}" for ordinal in range(spec["replicas"])]
        if self._fill(stateful_set, wanted, pods, revision, in_order=in_order):
            self._shrink_or_renew(wanted, pods, revision, in_order=in_order)
        self._report(stateful_set, revision)

    def _fill(
        self,
        stateful_set: Record,
        wanted: list[str],
        pods: dict[str, Record],
        revision: str,
        *,
        in_order: bool,
    ) -> bool:
        """Create what is missing; returns whether every wanted pod is there and ready."""
        complete = True
        for name in wanted:
            pod = pods.get(name)
            if pod is None:
                self._create(stateful_set, name, revision)
            elif facts.is_over(pod.obj) and not facts.is_ending(pod.obj):
                delete(self.store, pod, DeleteOptions())
            if pod is None or facts.is_ending(pod.obj) or not facts.is_ready(pod.obj):
                complete = False
                if in_order:
                    return False
        return complete

    def _create(self, stateful_set: Record, name: str, revision: str) -> None:
        spec = stateful_set.obj["spec"]
        pod = pod_from(
            spec["template"],
            stateful_set,
            name=name,
            labels={
                REVISION: revision,
                "statefulset.kubernetes.io/pod-name": name,
                "apps.kubernetes.io/pod-index": name.rsplit("-", 1)[1],
            },
        )
        pod["spec"] |= {"hostname": name, "subdomain": spec.get("serviceName", "")}
        for template in spec.get("volumeClaimTemplates") or ():
            volume = template["metadata"]["name"]
            claim = f"{volume}-{name}"
            if self.store.get(CLAIMS, stateful_set.key[0], claim) is None:
                create(
                    self.store,
                    CLAIMS,
                    {
                        "metadata": {
                            "name": claim,
                            "namespace": stateful_set.key[0],
                            "labels": facts.labels(pod),
                        },
                        "spec": deepcopy(template["spec"]),
                    },
                )
            pod["spec"].setdefault("volumes", []).append(
                {"name": volume, "persistentVolumeClaim": {"claimName": claim}}
            )
        create_pod(self.store, pod)

    def _shrink_or_renew(
        self, wanted: list[str], pods: dict[str, Record], revision: str, *, in_order: bool
    ) -> None:
        """Remove what is beyond the replicas or of an older revision, highest ordinal first."""
        surplus = [pod for name, pod in pods.items() if name not in wanted]
        outdated = [
            pod
            for name, pod in pods.items()
            if name in wanted and facts.labels(pod.obj)[REVISION] != revision
        ]
        for group, one_by_one in ((surplus, in_order), (outdated, True)):
            if group and any(facts.is_ending(pod.obj) for pod in group) and one_by_one:
                return
            ordered = sorted(group, key=lambda pod: int(pod.key[1].rsplit("-", 1)[1]), reverse=True)
            for pod in ordered[:1] if one_by_one else ordered:
                delete(self.store, pod, DeleteOptions())
            if group:
                return

    def _report(self, stateful_set: Record, revision: str) -> None:
        pods = [pod for pod in pods_of(self.store, stateful_set) if not facts.is_over(pod.obj)]
        updated = sum(1 for pod in pods if facts.labels(pod.obj)[REVISION] == revision)
        status: Obj = {
            "availableReplicas": 0,
            **counts(pods),
            "currentReplicas": updated,
            "updatedReplicas": updated,
            "currentRevision": f"{stateful_set.key[1]}-{revision}",
            "updateRevision": f"{stateful_set.key[1]}-{revision}",
            "collisionCount": 0,
            "observedGeneration": stateful_set.obj["metadata"]["generation"],
        }
        self.store.edit(stateful_set, lambda obj: obj.update(status=status))
