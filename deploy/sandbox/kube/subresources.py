"""Binding, scale and service account tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from . import errors
from .access import Access, service_account
from .facts import is_ending
from .kinds import PODS, SERVICEACCOUNTS, Obj
from .store import Record, Store
from .writes import set_condition, update


def bind(store: Store, namespace: str, name: str, body: Obj, *, dry_run: bool = False) -> None:
    """Bind a pod to a node, which need not exist; raises 400, 404, 409."""
    target = (body.get("target") or {}).get("name")
    if not target:
        raise errors.invalid(PODS, name, ("FieldValueRequired", "target.name", "Required value"))
    named = (body.get("metadata") or {}).get("name")
    if named and named != name:
        raise errors.bad_request("name in URL does not match name in Binding object")
    pod = store.need(PODS, namespace, name)
    wanted_uid = (body.get("metadata") or {}).get("uid")
    if wanted_uid and wanted_uid != pod.uid:
        raise errors.conflict(
            PODS,
            name,
            f"Precondition failed: UID in precondition: {wanted_uid}, UID in object meta: {pod.uid}",
            sub="binding",
        )
    if is_ending(pod.obj):
        raise errors.conflict(
            PODS, name, f"pod {name} is being deleted, cannot be assigned to a host", sub="binding"
        )
    taken = pod.obj["spec"].get("nodeName")
    if taken:
        raise errors.conflict(PODS, name, f'pod {name} is already assigned to node "{taken}"', sub="binding")
    if not dry_run:
        assign(store, pod, target)


def assign(store: Store, pod: Record, node: str) -> Record:
    """Put a pod on a node, with its condition, in one version."""

    def change(obj: Obj) -> None:
        obj["spec"]["nodeName"] = node
        scheduled = [c for c in obj["status"].get("conditions") or () if c["type"] != "PodScheduled"]
        obj["status"]["conditions"] = scheduled
        set_condition(
            obj["status"],
            "PodScheduled",
            "True",
            lastProbeTime=None,
            observedGeneration=obj["metadata"]["generation"],
        )

    return store.edit(pod, change)


def scale_of(record: Record) -> Obj:
    """The Scale of a workload."""
    meta, spec, status = record.obj["metadata"], record.obj["spec"], record.obj.get("status") or {}
    selector = (spec.get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            key: meta[key] for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        },
        "spec": {"replicas": spec["replicas"]},
        "status": {
            "replicas": status.get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in sorted(selector.items())),
        },
    }


def set_scale(store: Store, old: Record, scale: Obj, *, dry_run: bool = False) -> Obj:
    """Change a workload's replicas through its Scale; raises 409, 422."""
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or replicas < 0:
        raise errors.invalid(
            old.kind,
            old.key[1],
            (
                "FieldValueInvalid",
                "spec.replicas",
                f"Invalid value: {replicas}: must be greater than or equal to 0",
            ),
        )
    new = old.thaw()
    new["spec"]["replicas"] = replicas
    new["metadata"]["resourceVersion"] = (scale.get("metadata") or {}).get("resourceVersion")
    return scale_of(update(store, old, new, dry_run=dry_run))


def request_token(store: Store, access: Access, namespace: str, name: str, body: Obj) -> Obj:
    """A token of a service account, as TokenRequest answers; it stays valid for the process's life."""
    account = store.need(SERVICEACCOUNTS, namespace, name)
    seconds = (body.get("spec") or {}).get("expirationSeconds") or 3600
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": name, "namespace": namespace, "uid": account.uid},
        "spec": {"expirationSeconds": seconds, "audiences": (body.get("spec") or {}).get("audiences") or []},
        "status": {
            "token": access.issue(service_account(namespace, name)),
            "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }
