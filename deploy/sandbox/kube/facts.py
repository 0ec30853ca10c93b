"""What controllers ask of an object: small questions, no changes."""

from __future__ import annotations

from typing import Any

from .kinds import Obj


def condition(obj: Obj, kind: str) -> Obj | None:
    """The object's condition of that type."""
    for present in (obj.get("status") or {}).get("conditions") or ():
        if present["type"] == kind:
            return dict(present)
    return None


def is_true(obj: Obj, kind: str) -> bool:
    found = condition(obj, kind)
    return found is not None and found.get("status") == "True"


def is_ready(obj: Obj) -> bool:
    return is_true(obj, "Ready")


def is_ending(obj: Obj) -> bool:
    return bool(obj["metadata"].get("deletionTimestamp"))


def is_over(pod: Obj) -> bool:
    return pod["status"].get("phase") in ("Succeeded", "Failed")


def is_active(pod: Obj) -> bool:
    """Whether a ReplicaSet counts the pod."""
    return not is_ending(pod) and not is_over(pod)


def node_of(pod: Obj) -> str:
    return str(pod["spec"].get("nodeName") or "")


def labels(obj: Obj) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def claims(pod: Obj) -> list[str]:
    """The names of the volume claims that a pod uses."""
    volumes = pod["spec"].get("volumes") or ()
    return [one["persistentVolumeClaim"]["claimName"] for one in volumes if one.get("persistentVolumeClaim")]


def owner(obj: Obj) -> Obj | None:
    """The controlling owner's reference."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return dict(reference)
    return None


def owner_reference(kind: str, api_version: str, obj: Obj) -> Obj:
    meta = obj["metadata"]
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def tolerates(tolerations: list[Obj], taint: Obj) -> Obj | None:
    """The toleration that covers a taint, None where none does."""
    for toleration in tolerations or ():
        if toleration.get("effect") and toleration["effect"] != taint["effect"]:
            continue
        if toleration.get("key") and toleration["key"] != taint["key"]:
            continue
        operator = toleration.get("operator") or "Equal"
        if operator == "Exists" or (
            toleration.get("key") and (toleration.get("value") or "") == (taint.get("value") or "")
        ):
            return toleration
    return None


def scaled(value: Any, total: int, *, round_up: bool) -> int:
    """An int-or-percent of `total`."""
    if isinstance(value, int):
        return value
    share = int(str(value).rstrip("%")) * total
    return -(-share // 100) if round_up else share // 100
