"""Defaults that the API server fills in when an object is created or changed."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable

from . import errors
from .kinds import (
    BUDGETS,
    DAEMONSETS,
    DEPLOYMENTS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICASETS,
    SECRETS,
    STATEFULSETS,
    Kind,
    Obj,
)
from .store import Store

NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
TOLERATED_SECONDS = 300
# Node authorisation and quota aside, only these system classes exist.
PRIORITIES = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
# The alphabet of generated names: no vowels, nothing that looks like something else.
SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


def generated(prefix: str) -> str:
    """A name as the API server makes it from `generateName`."""
    return prefix[:58] + "".join(secrets.choice(SUFFIX) for _ in range(5))


def stable_suffix(text: bytes, length: int = 10) -> str:
    """A suffix from a hash, as template hashes are written."""
    digest = hashlib.sha256(text).digest()
    return "".join(SUFFIX[byte % len(SUFFIX)] for byte in digest[:length])


def admit(store: Store, kind: Kind, obj: Obj) -> None:
    """Complete a new object; raises 404 where its namespace does not exist, 403 where it is ending."""
    meta = obj["metadata"]
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = generated(meta["generateName"])
    if kind.namespaced:
        namespace = store.need(NAMESPACES, "", meta["namespace"])
        if namespace.obj["metadata"].get("deletionTimestamp"):
            raise errors.ApiError(
                403,
                "Forbidden",
                f'{errors.resource(kind)} "{meta["name"]}" is forbidden: unable to create new '
                f"content in namespace {meta['namespace']} because it is being terminated",
                details=errors.about(
                    kind,
                    meta["name"],
                    causes=[{"reason": "NamespaceTerminating", "field": "metadata.namespace"}],
                ),
            )
    for server_set in (
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "generation",
        "selfLink",
    ):
        meta.pop(server_set, None)
    if kind.drops_status_on_create and kind.has_status:
        obj.pop("status", None)
    if kind in _NEW:
        _NEW[kind](obj)
    default(kind, obj)


def default(kind: Kind, obj: Obj) -> None:
    """Fill in what a written object leaves open; harmless where nothing is open."""
    if kind in _DEFAULTS:
        _DEFAULTS[kind](obj)


def _new_pod(pod: Obj) -> None:
    spec = pod.setdefault("spec", {})
    spec["priority"] = PRIORITIES.get(spec.get("priorityClassName", ""), 0)
    tolerations = spec.setdefault("tolerations", [])
    for key in (NOT_READY, UNREACHABLE):
        if not any(
            t.get("key", key) == key and t.get("effect", "NoExecute") == "NoExecute" for t in tolerations
        ):
            tolerations.append(
                {
                    "key": key,
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": TOLERATED_SECONDS,
                }
            )
    pod["status"] = {"phase": "Pending", "qosClass": _quality(spec)}


def _quality(spec: Obj) -> str:
    resources = [c.get("resources") or {} for c in spec.get("containers") or ()]
    if not any(r.get("requests") or r.get("limits") for r in resources):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= set(r.get("limits") or ()) and r.get("requests", r["limits"]) == r["limits"]
        for r in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


def _new_node(node: Obj) -> None:
    spec = node.setdefault("spec", {})
    taint = {"key": NOT_READY, "effect": "NoSchedule"}
    if not any(t["key"] == NOT_READY and t["effect"] == "NoSchedule" for t in spec.get("taints") or ()):
        spec["taints"] = [*(spec.get("taints") or ()), taint]
    node.setdefault("status", {})


def _new_budget(budget: Obj) -> None:
    budget["status"] = {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}


def _new_namespace(namespace: Obj) -> None:
    namespace["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = namespace["metadata"][
        "name"
    ]
    namespace["spec"] = {"finalizers": ["kubernetes"]}
    namespace["status"] = {"phase": "Active"}


def default_pod_spec(spec: Obj) -> None:
    """The defaults of a pod's spec, as they also appear in templates."""
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        container.setdefault("imagePullPolicy", "IfNotPresent")
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        resources = container.setdefault("resources", {})
        # A limit without a request is also the request.
        for name, amount in (resources.get("limits") or {}).items():
            resources.setdefault("requests", {}).setdefault(name, amount)


def _default_pod(pod: Obj) -> None:
    spec = pod.setdefault("spec", {})
    default_pod_spec(spec)
    account = spec.setdefault("serviceAccountName", spec.get("serviceAccount") or "default")
    spec.setdefault("serviceAccount", account)
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")


def _default_workload(workload: Obj) -> None:
    spec = workload.setdefault("spec", {})
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    default_pod_spec(template.setdefault("spec", {}))


def _default_replicated(workload: Obj) -> None:
    _default_workload(workload)
    workload["spec"].setdefault("replicas", 1)
    workload.setdefault("status", {"replicas": 0})


def _default_deployment(deployment: Obj) -> None:
    _default_replicated(deployment)
    spec = deployment["spec"]
    spec.setdefault("strategy", {"type": "RollingUpdate"})
    if spec["strategy"].get("type") == "RollingUpdate":
        rolling = spec["strategy"].setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def _default_stateful_set(stateful_set: Obj) -> None:
    _default_replicated(stateful_set)
    spec = stateful_set["spec"]
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})
    spec.setdefault("revisionHistoryLimit", 10)


def _default_daemon_set(daemon_set: Obj) -> None:
    _default_workload(daemon_set)
    spec = daemon_set["spec"]
    spec.setdefault(
        "updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
    )
    spec.setdefault("revisionHistoryLimit", 10)
    daemon_set.setdefault(
        "status",
        {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0},
    )


def _default_secret(secret: Obj) -> None:
    secret.setdefault("type", "Opaque")
    for name, text in (secret.pop("stringData", None) or {}).items():
        secret["data"] = {**(secret.get("data") or {}), name: base64.b64encode(text.encode()).decode()}


_NEW: dict[Kind, Callable[[Obj], None]] = {
    PODS: _new_pod,
    NODES: _new_node,
    BUDGETS: _new_budget,
    NAMESPACES: _new_namespace,
}
_DEFAULTS: dict[Kind, Callable[[Obj], None]] = {
    PODS: _default_pod,
    DEPLOYMENTS: _default_deployment,
    REPLICASETS: _default_replicated,
    SECRETS: _default_secret,
    STATEFULSETS: _default_stateful_set,
    DAEMONSETS: _default_daemon_set,
}
