"""Keeps one pod on every node that a DaemonSet fits."""

from __future__ import annotations

from .. import facts
from ..kinds import DAEMONSETS, NODES, PODS, Obj
from ..store import Change, Key, Record
from ..writes import DeleteOptions, delete
from .base import ObjectController
from .fit import matches_affinity
from .workloads import REVISION, create_pod, pod_from, pods_of, template_hash

TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)


class DaemonSets(ObjectController):
    """Keys are namespace and name of a DaemonSet."""

    notices = {DAEMONSETS: "mark_object", PODS: "notice_pod", NODES: "notice_node"}

    def notice_pod(self, change: Change) -> None:
        owner = facts.owner(change.record.obj)
        if owner and owner["kind"] == "DaemonSet":
            self.mark((change.record.key[0], owner["name"]))

    def notice_node(self, change: Change) -> None:
        before = change.previous
        if (
            before is not None
            and change.type == "MODIFIED"
            and (
                facts.labels(before.obj) == facts.labels(change.record.obj)
                and before.obj["spec"] == change.record.obj["spec"]
            )
        ):
            return
        for daemon_set in self.store.all(DAEMONSETS):
            self.mark(daemon_set.key)

    def reconcile(self, key: Key) -> None:
        daemon_set = self.store.get(DAEMONSETS, *key)
        if daemon_set is None or facts.is_ending(daemon_set.obj):
            return
        template = daemon_set.obj["spec"]["template"]
        tolerations = self._tolerations(template["spec"])
        revision = template_hash(template)
        matching = [node for node in self.store.all(NODES) if matches_affinity(template["spec"], node.obj)]
        nodes = {
            node.key[1] for node in matching if _tolerated(node.obj, tolerations, "NoSchedule", "NoExecute")
        }
        # What NoSchedule taints keep from starting may go on running.
        staying = {node.key[1] for node in matching if _tolerated(node.obj, tolerations, "NoExecute")}
        pods: dict[str, list[Record]] = {}
        for pod in pods_of(self.store, daemon_set):
            pods.setdefault(target(pod.obj), []).append(pod)
        for node in sorted(nodes - set(pods)):
            wanted = pod_from(template, daemon_set, labels={REVISION: revision})
            wanted["spec"] |= {
                "tolerations": tolerations,
                "affinity": _pinned(wanted["spec"].get("affinity"), node),
            }
            create_pod(self.store, wanted)
        self._remove(pods, staying, revision)
        self._report(daemon_set, nodes, revision)

    def _remove(self, pods: dict[str, list[Record]], nodes: set[str], revision: str) -> None:
        renewed = False
        for node, found in pods.items():
            for pod in found:
                outdated = facts.labels(pod.obj).get(REVISION) != revision
                if facts.is_ending(pod.obj):
                    renewed = renewed or outdated
                elif node not in nodes or facts.is_over(pod.obj) or (outdated and not renewed):
                    renewed = renewed or outdated
                    delete(self.store, pod, DeleteOptions())

    def _tolerations(self, spec: Obj) -> list[Obj]:
        own = list(spec.get("tolerations") or ())
        added = [
            {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect}
            for key, effect in TOLERATED
        ]
        return own + [toleration for toleration in added if toleration not in own]

    def _report(self, daemon_set: Record, nodes: set[str], revision: str) -> None:
        pods = [pod.obj for pod in pods_of(self.store, daemon_set) if not facts.is_ending(pod.obj)]
        placed = [pod for pod in pods if target(pod) in nodes]
        ready = sum(1 for pod in placed if facts.is_ready(pod))
        status: Obj = {
            "currentNumberScheduled": len(placed),
            "desiredNumberScheduled": len(nodes),
            "numberReady": ready,
            "numberMisscheduled": len(pods) - len(placed),
            "updatedNumberScheduled": sum(1 for pod in placed if facts.labels(pod).get(REVISION) == revision),
            "numberAvailable": ready,
            "observedGeneration": daemon_set.obj["metadata"]["generation"],
        }
        if len(nodes) > ready:
            status["numberUnavailable"] = len(nodes) - ready
        self.store.edit(daemon_set, lambda obj: obj.update(status=status))


def _tolerated(node: Obj, tolerations: list[Obj], *effects: str) -> bool:
    taints = [taint for taint in node["spec"].get("taints") or () if taint["effect"] in effects]
    return all(facts.tolerates(tolerations, taint) for taint in taints)


def _pinned(affinity: Obj | None, node: str) -> Obj:
    fields = [{"key": "metadata.name", "operator": "In", "values": [node]}]
    own = (
        ((affinity or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
        or {}
    ).get("nodeSelectorTerms") or [{}]
    terms = [{**term, "matchFields": fields} for term in own]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {**(affinity or {}), "nodeAffinity": required}


def target(pod: Obj) -> str:
    """The node that a DaemonSet's pod is meant for."""
    if facts.node_of(pod):
        return facts.node_of(pod)
    terms = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return str(terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])
