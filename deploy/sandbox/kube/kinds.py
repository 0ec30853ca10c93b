"""The kinds that are served, and what differs between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Obj = dict[str, Any]
FieldGetter = Callable[[Obj], str]

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


def at(*path: str, default: str = "") -> FieldGetter:
    """A getter of the text at `path`; booleans as Go prints them."""

    def get(obj: Obj) -> str:
        value: Any = obj
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, bool):
            return "true" if value else "false"
        return default if value is None else str(value)

    return get


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of object; compared by identity, there is one instance a kind."""

    group: str
    version: str
    plural: str
    name: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    subresources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, FieldGetter] = field(default_factory=dict)
    has_generation: bool = False
    drops_status_on_create: bool = True
    returns_deleted: bool = False

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources

    def field_getter(self, label: str) -> FieldGetter | None:
        """The getter behind a field selector's label, None where the label is not supported."""
        if label == "metadata.name":
            return at("metadata", "name")
        if label == "metadata.namespace" and self.namespaced:
            return at("metadata", "namespace")
        return self.fields.get(label)


STATUS = {"status": ("get", "patch", "update")}
SCALED = {**STATUS, "scale": ("get", "patch", "update")}

NAMESPACES = Kind(
    "",
    "v1",
    "namespaces",
    "Namespace",
    False,
    ("ns",),
    {**STATUS, "finalize": ("update",)},
    {"status.phase": at("status", "phase")},
)
NODES = Kind(
    "",
    "v1",
    "nodes",
    "Node",
    False,
    ("no",),
    STATUS,
    {"spec.unschedulable": at("spec", "unschedulable", default="false")},
    drops_status_on_create=False,
)
PODS = Kind(
    "",
    "v1",
    "pods",
    "Pod",
    True,
    ("po",),
    {
        **STATUS,
        "binding": ("create",),
        "eviction": ("create",),
        "ephemeralcontainers": ("get", "patch", "update"),
    },
    {
        "spec.nodeName": at("spec", "nodeName"),
        "spec.restartPolicy": at("spec", "restartPolicy"),
        "spec.schedulerName": at("spec", "schedulerName"),
        "spec.serviceAccountName": at("spec", "serviceAccountName"),
        "spec.hostNetwork": at("spec", "hostNetwork", default="false"),
        "status.phase": at("status", "phase"),
        "status.podIP": at("status", "podIP"),
        "status.nominatedNodeName": at("status", "nominatedNodeName"),
    },
    has_generation=True,
    returns_deleted=True,
)
EVENTS = Kind(
    "",
    "v1",
    "events",
    "Event",
    True,
    ("ev",),
    {},
    {
        **{
            f"involvedObject.{part}": at("involvedObject", part)
            for part in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
        },
        "reason": at("reason"),
        "reportingComponent": at("reportingComponent"),
        "source": at("source", "component"),
        "type": at("type"),
    },
)
CONFIGMAPS = Kind("", "v1", "configmaps", "ConfigMap", True, ("cm",))
SERVICES = Kind("", "v1", "services", "Service", True, ("svc",), STATUS, returns_deleted=True)
SERVICEACCOUNTS = Kind(
    "", "v1", "serviceaccounts", "ServiceAccount", True, ("sa",), {"token": ("create",)}, returns_deleted=True
)
SECRETS = Kind("", "v1", "secrets", "Secret")
CLAIMS = Kind(
    "", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", True, ("pvc",), STATUS, returns_deleted=True
)
VOLUMES = Kind(
    "", "v1", "persistentvolumes", "PersistentVolume", False, ("pv",), STATUS, returns_deleted=True
)
BUDGETS = Kind(
    "policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", True, ("pdb",), STATUS, has_generation=True
)
DEPLOYMENTS = Kind("apps", "v1", "deployments", "Deployment", True, ("deploy",), SCALED, has_generation=True)
REPLICASETS = Kind(
    "apps",
    "v1",
    "replicasets",
    "ReplicaSet",
    True,
    ("rs",),
    SCALED,
    {"status.replicas": at("status", "replicas", default="0")},
    has_generation=True,
)
STATEFULSETS = Kind("apps", "v1", "statefulsets", "StatefulSet", True, ("sts",), SCALED, has_generation=True)
DAEMONSETS = Kind("apps", "v1", "daemonsets", "DaemonSet", True, ("ds",), STATUS, has_generation=True)
LEASES = Kind("coordination.k8s.io", "v1", "leases", "Lease")
ATTACHMENTS = Kind("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", False, (), STATUS)
STORAGECLASSES = Kind("storage.k8s.io", "v1", "storageclasses", "StorageClass", False, ("sc",))
RBAC = "rbac.authorization.k8s.io"
CLUSTERROLES = Kind(RBAC, "v1", "clusterroles", "ClusterRole", False)
CLUSTERROLEBINDINGS = Kind(RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", False)
ROLES = Kind(RBAC, "v1", "roles", "Role")
ROLEBINDINGS = Kind(RBAC, "v1", "rolebindings", "RoleBinding")

KINDS = (
    NAMESPACES,
    NODES,
    PODS,
    EVENTS,
    CONFIGMAPS,
    SERVICES,
    SERVICEACCOUNTS,
    SECRETS,
    CLAIMS,
    VOLUMES,
    BUDGETS,
    DEPLOYMENTS,
    REPLICASETS,
    STATEFULSETS,
    DAEMONSETS,
    LEASES,
    ATTACHMENTS,
    STORAGECLASSES,
    CLUSTERROLES,
    CLUSTERROLEBINDINGS,
    ROLES,
    ROLEBINDINGS,
)
BY_PATH = {(kind.group, kind.version, kind.plural): kind for kind in KINDS}
BY_NAME = {(kind.api_version, kind.name): kind for kind in KINDS}
# Answered, never stored.
REVIEW_GROUP = "authorization.k8s.io"
REVIEWS = {
    "selfsubjectaccessreviews": "SelfSubjectAccessReview",
    "selfsubjectrulesreviews": "SelfSubjectRulesReview",
}
