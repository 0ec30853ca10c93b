"""Creating, changing and deleting objects, as the API server's registry does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from . import errors
from .admission import admit, default
from .kinds import NAMESPACES, PODS, Kind, Obj
from .store import Record, Store, now_text
from .validation import validate

KEPT_META = (
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "namespace",
)


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """The part of DeleteOptions that matters; `grace` is in seconds."""

    grace: int | None = None
    propagation: str = "Background"
    uid: str | None = None
    version: str | None = None
    dry_run: bool = False

    @classmethod
    def of(cls, body: Obj, query: dict[str, str] | None = None) -> DeleteOptions:
        query = query or {}
        grace = body.get("gracePeriodSeconds")
        if grace is None and query.get("gracePeriodSeconds"):
            grace = int(query["gracePeriodSeconds"])
        conditions = body.get("preconditions") or {}
        return cls(
            grace=grace,
            propagation=body.get("propagationPolicy") or query.get("propagationPolicy") or "Background",
            uid=conditions.get("uid"),
            version=conditions.get("resourceVersion"),
            dry_run=bool(body.get("dryRun")) or query.get("dryRun") == "All",
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write left: the object, and where it was deleted at once, that."""

    record: Record
    gone: bool = False


def create(store: Store, kind: Kind, obj: Obj, *, dry_run: bool = False) -> Record:
    """Admit, check and store a new object; raises 404, 409, 422."""
    if not obj["metadata"].get("name") and not obj["metadata"].get("generateName"):
        raise errors.invalid(
            kind,
            "",
            ("FieldValueRequired", "metadata.name", "Required value: name or generateName is required"),
        )
    admit(store, kind, obj)
    validate(kind, obj)
    if not dry_run:
        return store.create(kind, obj)
    if store.get(kind, obj["metadata"].get("namespace", ""), obj["metadata"]["name"]) is not None:
        raise errors.already_exists(kind, obj["metadata"]["name"])
    return Record(kind, obj, 0)


def update(store: Store, old: Record, new: Obj, *, part: str = "", dry_run: bool = False) -> Record:
    """Store a changed object, or only its status for `part` "status"; raises 409, 422.

    An object whose deletion waited only for the finalizers that `new` no longer has is removed.
    """
    kind, meta = old.kind, new.setdefault("metadata", {})
    asked = meta.get("resourceVersion")
    if asked and asked != old.obj["metadata"]["resourceVersion"]:
        raise errors.conflict(kind, old.key[1])
    if meta.get("uid") and meta["uid"] != old.uid:
        raise errors.conflict(
            kind,
            old.key[1],
            f"Precondition failed: UID in precondition: {meta['uid']}, UID in object meta: {old.uid}",
        )
    if part == "status":
        obj = {**old.thaw(), "status": new.get("status") or {}}
    else:
        obj = _keep(old.obj, new, kind)
        default(kind, obj)
        validate(kind, obj, old.obj)
    if dry_run:
        return Record(kind, obj, old.version)
    record = store.replace(old, obj)
    if _may_go(record):
        return store.remove(record)
    return record


def _keep(old: Obj, new: Obj, kind: Kind) -> Obj:
    meta = {name: value for name, value in new["metadata"].items() if name not in KEPT_META}
    meta |= {name: old["metadata"][name] for name in KEPT_META if name in old["metadata"]}
    kept: Obj = {**new, "metadata": meta}
    if kind.has_status:
        kept.pop("status", None)
        if "status" in old:
            kept["status"] = old["status"]
    return kept


def _may_go(record: Record) -> bool:
    meta = record.obj["metadata"]
    waits = record.kind is PODS and meta.get("deletionGracePeriodSeconds", 0) > 0
    return (
        bool(meta.get("deletionTimestamp"))
        and not meta.get("finalizers")
        and not waits
        and (record.kind is not NAMESPACES)
    )


def delete(store: Store, old: Record, options: DeleteOptions) -> Outcome:
    """Delete an object, or begin to: pods have grace, finalizers and namespaces take time. Raises 409."""
    _check_preconditions(old, options)
    if options.dry_run:
        return Outcome(old)
    if options.propagation == "Orphan":
        _orphan(store, old)
    grace = _grace(old, options)
    meta = old.obj["metadata"]
    if meta.get("deletionTimestamp") and grace >= meta.get("deletionGracePeriodSeconds", 0) > 0:
        return Outcome(old)
    if grace == 0 and not meta.get("finalizers") and old.kind is not NAMESPACES:
        return Outcome(store.remove(old), gone=True)
    return Outcome(store.edit(old, lambda obj: _begin(obj, grace, old.kind)))


def _begin(obj: Obj, grace: int, kind: Kind) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=grace)
    obj["metadata"].setdefault("deletionTimestamp", ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
    obj["metadata"]["deletionGracePeriodSeconds"] = grace
    if kind is NAMESPACES:
        obj["status"] = {"phase": "Terminating"}


def _grace(old: Record, options: DeleteOptions) -> int:
    if old.kind is not PODS:
        return 0
    unbound = not old.obj["spec"].get("nodeName")
    if unbound or old.obj["status"].get("phase") in ("Succeeded", "Failed"):
        return 0
    if options.grace is not None:
        return max(options.grace, 0)
    return int(old.obj["spec"].get("terminationGracePeriodSeconds", 30))


def _check_preconditions(old: Record, options: DeleteOptions) -> None:
    version = old.obj["metadata"]["resourceVersion"]
    for what, wanted, present in (
        ("UID", options.uid, old.uid),
        ("ResourceVersion", options.version, version),
    ):
        if wanted and wanted != present:
            raise errors.conflict(
                old.kind,
                old.key[1],
                f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {present}",
            )


def _orphan(store: Store, owner: Record) -> None:
    def forget(obj: Obj) -> None:
        obj["metadata"]["ownerReferences"] = [
            reference for reference in obj["metadata"]["ownerReferences"] if reference["uid"] != owner.uid
        ]

    for child in store.owned_by(owner.uid):
        store.edit(child, forget)


def set_condition(status: Obj, kind: str, value: str, **more: Any) -> bool:
    """Put a condition into a status; returns whether its value changed (then `lastTransitionTime` is set)."""
    conditions = status.setdefault("conditions", [])
    present = next((condition for condition in conditions if condition["type"] == kind), None)
    if present is None:
        present = {"type": kind}
        conditions.append(present)
    changed = present.get("status") != value
    present.update(status=value, **more)
    if changed:
        present["lastTransitionTime"] = now_text()
    return changed
