"""What a path under a cluster's address means."""

from __future__ import annotations

from dataclasses import dataclass

from .access import Deed
from .kinds import BY_PATH, NAMESPACES, REVIEW_GROUP, REVIEWS, Kind


@dataclass(frozen=True, slots=True)
class Target:
    """A collection (no name), an object, or a part of an object. `kind` is None for reviews."""

    group: str
    plural: str
    kind: Kind | None
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def verb(self, method: str, *, is_watch: bool) -> str:
        """RBAC's verb for an HTTP method, empty where the target has no such method."""
        if self.kind is None:
            return "create" if method == "POST" else ""
        if self.subresource:
            verb = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, "")
            return verb if verb in self.kind.subresources.get(self.subresource, ()) else ""
        if self.name:
            return {
                "GET": "watch" if is_watch else "get",
                "PUT": "update",
                "PATCH": "patch",
                "DELETE": "delete",
            }.get(method, "")
        if method == "POST" and self.kind.namespaced and not self.namespace:
            return ""
        return {"GET": "watch" if is_watch else "list", "POST": "create", "DELETE": "deletecollection"}.get(
            method, ""
        )

    def deed(self, verb: str) -> Deed:
        return Deed(verb, self.group, self.plural, self.namespace, self.name, self.subresource)


def parse(path: str) -> Target | None:
    """The target of a path such as `/api/v1/namespaces/x/pods/y/eviction`, None where it is no resource."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    if group == REVIEW_GROUP and version == "v1" and rest[0] in REVIEWS and len(rest) == 1:
        return Target(group, rest[0], None)
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in NAMESPACES.subresources:
        namespace, rest = rest[1], rest[2:]
    kind = BY_PATH.get((group, version, rest[0]))
    if kind is None or len(rest) > 3 or (namespace and not kind.namespaced):
        return None
    name, subresource = (*rest[1:], "", "")[:2]
    if (name and kind.namespaced and not namespace) or (subresource and subresource not in kind.subresources):
        return None
    if kind is NAMESPACES and name:
        namespace = name
    return Target(group, rest[0], kind, namespace, name, subresource)
