"""Keeps one ReplicaSet a template, and rolls from the old to the new one within surge and unavailability."""

from __future__ import annotations

from copy import deepcopy

from .. import facts
from ..kinds import DEPLOYMENTS, REPLICASETS, Obj
from ..store import Change, Key, Record
from ..writes import DeleteOptions, create, delete, set_condition
from .base import ObjectController, controlled_by
from .workloads import TEMPLATE_HASH, template_hash

REVISION = "deployment.kubernetes.io/revision"


class Deployments(ObjectController):
    """Keys are namespace and name of a Deployment."""

    notices = {DEPLOYMENTS: "mark_object", REPLICASETS: "notice_replica_set"}

    def notice_replica_set(self, change: Change) -> None:
        owner = facts.owner(change.record.obj)
        if owner and owner["kind"] == "Deployment":
            self.mark((change.record.key[0], owner["name"]))

    def reconcile(self, key: Key) -> None:
        deployment = self.store.get(DEPLOYMENTS, *key)
        if deployment is None or facts.is_ending(deployment.obj):
            return
        sets = self.store.owned_by(deployment.uid, REPLICASETS)
        suffix = template_hash(deployment.obj["spec"]["template"])
        current = next((one for one in sets if facts.labels(one.obj).get(TEMPLATE_HASH) == suffix), None)
        if current is None:
            current = self._begin(deployment, sets, suffix)
            sets.append(current)
        if not deployment.obj["spec"].get("paused"):
            self._roll(deployment.obj["spec"], current, [one for one in sets if one.key != current.key])
        self._report(deployment, current.key[1])

    def _begin(self, deployment: Record, sets: list[Record], suffix: str) -> Record:
        spec, meta = deployment.obj["spec"], deployment.obj["metadata"]
        template = deepcopy(spec["template"])
        template["metadata"].setdefault("labels", {})[TEMPLATE_HASH] = suffix
        revision = 1 + max((int(annotation(one, REVISION) or 0) for one in sets), default=0)
        replicas = spec["replicas"] if not sets else 0
        selector = deepcopy(spec["selector"])
        selector.setdefault("matchLabels", {})[TEMPLATE_HASH] = suffix
        return create(
            self.store,
            REPLICASETS,
            {
                "metadata": {
                    "name": f"{meta['name']}-{suffix}",
                    "namespace": meta["namespace"],
                    "labels": dict(template["metadata"]["labels"]),
                    "annotations": {REVISION: str(revision)},
                    "ownerReferences": [controlled_by(deployment)],
                },
                "spec": {"replicas": replicas, "selector": selector, "template": template},
            },
        )

    def _roll(self, spec: Obj, current: Record, old: list[Record]) -> None:
        wanted = spec["replicas"]
        running = [one for one in old if one.obj["spec"]["replicas"] or one.obj["status"].get("replicas")]
        if not running:
            self._scale(current, wanted)
            self._forget(old, spec["revisionHistoryLimit"])
            return
        surge, unavailable = self._allowances(spec)
        own, least = current.obj["spec"]["replicas"], wanted - unavailable
        total = own + sum(one.obj["spec"]["replicas"] for one in running)
        grown = min(wanted, own + max(wanted + surge - total, 0))
        current = self._scale(current, grown)
        self._shrink(sorted(running, key=lambda one: one.version), current, least)

    def _shrink(self, old: list[Record], current: Record, least: int) -> None:
        """Take from the old sets: first pods that serve nobody, then what is available beyond the least."""
        planned = sum(one.obj["spec"]["replicas"] for one in (current, *old))
        coming = current.obj["spec"]["replicas"] - _available(current)
        may_go = planned - least - coming
        spare = max(sum(_available(one) for one in (current, *old)) - least, 0)
        for one in old:
            replicas = one.obj["spec"]["replicas"]
            idle = min(max(replicas - _available(one), 0), max(may_go, 0))
            serving = min(replicas - idle, spare, max(may_go - idle, 0))
            may_go -= idle + serving
            spare -= serving
            self._scale(one, replicas - idle - serving)

    def _allowances(self, spec: Obj) -> tuple[int, int]:
        if spec["strategy"].get("type") == "Recreate":
            return 0, int(spec["replicas"])
        rolling, wanted = spec["strategy"]["rollingUpdate"], spec["replicas"]
        surge = facts.scaled(rolling["maxSurge"], wanted, round_up=True)
        unavailable = facts.scaled(rolling["maxUnavailable"], wanted, round_up=False)
        return surge, unavailable if surge or unavailable else 1

    def _scale(self, replica_set: Record, replicas: int) -> Record:
        return self.store.edit(replica_set, lambda obj: obj["spec"].update(replicas=replicas))

    def _forget(self, old: list[Record], limit: int) -> None:
        for one in sorted(old, key=lambda one: one.version)[: max(len(old) - limit, 0)]:
            delete(self.store, one, DeleteOptions())

    def _report(self, deployment: Record, current_name: str) -> None:
        sets = self.store.owned_by(deployment.uid, REPLICASETS)
        statuses = {one.key[1]: one.obj["status"] for one in sets}
        spec, status = deployment.obj["spec"], deepcopy(deployment.obj["status"])
        ready = sum(one.get("readyReplicas", 0) for one in statuses.values())
        wanted = {
            "replicas": sum(one.get("replicas", 0) for one in statuses.values()),
            "updatedReplicas": statuses[current_name].get("replicas", 0),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "unavailableReplicas": max(spec["replicas"] - ready, 0),
        }
        kept: Obj = {
            "conditions": status.get("conditions") or [],
            "observedGeneration": deployment.obj["metadata"]["generation"],
            **{name: number for name, number in wanted.items() if number},
        }
        _, unavailable = self._allowances(spec)
        enough = ready >= spec["replicas"] - unavailable
        set_condition(
            kept,
            "Available",
            "True" if enough else "False",
            reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
            message=f"Deployment {'has' if enough else 'does not have'} minimum availability.",
        )
        done = ready == spec["replicas"] == wanted["updatedReplicas"] == wanted["replicas"]
        progress = "has successfully progressed" if done else "is progressing"
        set_condition(
            kept,
            "Progressing",
            "True",
            reason="NewReplicaSetAvailable" if done else "ReplicaSetUpdated",
            message=f'ReplicaSet "{current_name}" {progress}.',
        )
        self.store.edit(deployment, lambda obj: obj.update(status=kept))


def _available(replica_set: Record) -> int:
    return int(replica_set.obj["status"].get("availableReplicas", 0))


def annotation(record: Record, name: str) -> str:
    return str((record.obj["metadata"].get("annotations") or {}).get(name, ""))
