"""Provisions claims and attaches their volumes to the nodes of the pods that use them."""

from __future__ import annotations

from .. import facts
from ..admission import stable_suffix
from ..kinds import ATTACHMENTS, CLAIMS, NODES, PODS, VOLUMES, Obj
from ..store import Change, Key, Record
from ..writes import create
from .base import Controller

DETACH_SECONDS = 1.0
DRIVER = "ebs.csi.aws.com"
ZONE = "topology.kubernetes.io/zone"


class Volumes(Controller[tuple[str, Key]]):
    """Keys are ("pod", key of a pod with claims and a node) or ("detach", volume and node)."""

    notices = {PODS: "notice_pod"}

    def notice_pod(self, change: Change) -> None:
        pod = change.record.obj
        claims = facts.claims(pod)
        if not claims or not facts.node_of(pod):
            return
        if change.type == "DELETED" or facts.is_over(pod):
            for claim in claims:
                volume = _volume_name(change.record.key[0], claim)
                self.mark_later(DETACH_SECONDS, ("detach", (volume, facts.node_of(pod))))
        elif change.previous is None or not facts.node_of(change.previous.obj):
            self.mark(("pod", change.record.key))

    def reconcile(self, key: tuple[str, Key]) -> None:
        what, subject = key
        if what == "detach":
            self._detach(*subject)
            return
        pod = self.store.get(PODS, *subject)
        if pod is None:
            return
        node = self.store.get(NODES, "", facts.node_of(pod.obj))
        for name in facts.claims(pod.obj):
            claim = self.store.get(CLAIMS, subject[0], name)
            if claim is not None and node is not None:
                self._attach(self._volume(claim, node.obj), node)

    def _volume(self, claim: Record, node: Obj) -> str:
        """The claim's volume, made in the node's zone where there is none yet."""
        name = _volume_name(*claim.key)
        if self.store.get(VOLUMES, "", name) is None:
            size = ((claim.obj["spec"].get("resources") or {}).get("requests") or {}).get("storage", "1Gi")
            modes = claim.obj["spec"].get("accessModes") or ["ReadWriteOnce"]
            terms = [
                {
                    "matchExpressions": [
                        {"key": ZONE, "operator": "In", "values": [facts.labels(node).get(ZONE, "")]}
                    ]
                }
            ]
            volume = create(
                self.store,
                VOLUMES,
                {
                    "metadata": {"name": name},
                    "spec": {
                        "capacity": {"storage": size},
                        "accessModes": modes,
                        "persistentVolumeReclaimPolicy": "Delete",
                        "claimRef": {
                            "kind": "PersistentVolumeClaim",
                            "namespace": claim.key[0],
                            "name": claim.key[1],
                            "uid": claim.uid,
                        },
                        "csi": {"driver": DRIVER, "volumeHandle": name},
                        "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
                    },
                },
            )
            self.store.edit(volume, lambda obj: obj.update(status={"phase": "Bound"}))
            self.store.edit(claim, lambda obj: _bind(obj, name, size, modes))
        return name

    def _attach(self, volume: str, node: Record) -> None:
        name = _attachment(volume, node.key[1])
        if self.store.get(ATTACHMENTS, "", name) is None:
            attachment = create(
                self.store,
                ATTACHMENTS,
                {
                    "metadata": {"name": name},
                    "spec": {
                        "attacher": DRIVER,
                        "nodeName": node.key[1],
                        "source": {"persistentVolumeName": volume},
                    },
                },
            )
            self.store.edit(attachment, lambda obj: obj.update(status={"attached": True}))

    def _detach(self, volume: str, node: str) -> None:
        here = [
            pod
            for pod in self.store.all(PODS)
            if facts.node_of(pod.obj) == node and not facts.is_over(pod.obj)
        ]
        used = {_volume_name(pod.key[0], claim) for pod in here for claim in facts.claims(pod.obj)}
        attachment = self.store.get(ATTACHMENTS, "", _attachment(volume, node))
        if attachment is not None and volume not in used:
            self.store.remove(attachment)


def _volume_name(namespace: str, claim: str) -> str:
    return f"pvc-{stable_suffix(f'{namespace}/{claim}'.encode())}"


def _attachment(volume: str, node: str) -> str:
    return f"csi-{stable_suffix(f'{volume}/{node}'.encode(), 32)}"


def _bind(claim: Obj, volume: str, size: str, modes: list[str]) -> None:
    claim["spec"]["volumeName"] = volume
    claim["status"] = {"phase": "Bound", "accessModes": modes, "capacity": {"storage": size}}
