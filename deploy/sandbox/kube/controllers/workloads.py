"""What the workload controllers share: pods from templates, and which of them to remove first."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from .. import facts
from ..admission import stable_suffix
from ..kinds import PODS, Obj
from ..store import Record, Store, encode
from ..writes import create
from .base import controlled_by

TEMPLATE_HASH = "pod-template-hash"
REVISION = "controller-revision-hash"


def template_hash(template: Obj) -> str:
    """A name for a template that changes when it does."""
    return stable_suffix(encode(template, order="sorted"))


def pod_from(template: Obj, owner: Record, *, name: str = "", labels: dict[str, str] | None = None) -> Obj:
    """A pod of `owner` as its template says; named after it with a random suffix where no name is given."""
    meta: Obj = deepcopy(template.get("metadata") or {})
    meta.pop("creationTimestamp", None)
    meta |= {
        "namespace": owner.key[0],
        "ownerReferences": [controlled_by(owner)],
        "labels": {**(meta.get("labels") or {}), **(labels or {})},
    }
    if name:
        meta["name"] = name
    else:
        meta["generateName"] = f"{owner.key[1]}-"
    return {"metadata": meta, "spec": deepcopy(template["spec"])}


def create_pod(store: Store, pod: Obj) -> Record:
    return create(store, PODS, pod)


def pods_of(store: Store, owner: Record) -> list[Record]:
    """The pods that `owner` controls."""
    return [
        pod for pod in store.owned_by(owner.uid, PODS) if (facts.owner(pod.obj) or {}).get("uid") == owner.uid
    ]


def worth(pod: Record) -> tuple[bool, bool, bool, int]:
    """Sorts pods by how little is lost with them: not bound, pending, not ready, younger first."""
    obj = pod.obj
    return (
        bool(facts.node_of(obj)),
        obj["status"].get("phase") == "Running",
        facts.is_ready(obj),
        -pod.version,
    )


def counts(pods: list[Record]) -> dict[str, Any]:
    """`replicas` and the counters that workload statuses have in common, zeros left out."""
    ready = sum(1 for pod in pods if facts.is_ready(pod.obj))
    found = {"readyReplicas": ready, "availableReplicas": ready}
    return {"replicas": len(pods), **{name: number for name, number in found.items() if number}}
