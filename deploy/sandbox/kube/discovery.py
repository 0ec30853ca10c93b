"""Discovery documents and the other answers that are no resources."""

from __future__ import annotations

from .kinds import ALL_VERBS, KINDS, REVIEW_GROUP, REVIEWS, Kind, Obj

VERSION: Obj = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.2",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2026-06-09T00:00:00Z",
    "goVersion": "go1.26.4",
    "compiler": "gc",
    "platform": "linux/amd64",
}
SUBRESOURCE_KINDS = {
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
    "scale": ("autoscaling", "v1", "Scale"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
}
CATEGORY_ALL = {"pods", "services", "deployments", "replicasets", "statefulsets", "daemonsets"}


def group_versions() -> dict[str, str]:
    """The groups that have a name, each with its version."""
    versions = {kind.group: kind.version for kind in KINDS if kind.group}
    return {**versions, REVIEW_GROUP: "v1"}


def _resource(kind: Kind) -> list[Obj]:
    own: Obj = {
        "name": kind.plural,
        "singularName": kind.name.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": list(ALL_VERBS),
    }
    if kind.short:
        own["shortNames"] = list(kind.short)
    if kind.plural in CATEGORY_ALL:
        own["categories"] = ["all"]
    parts = []
    for name, verbs in sorted(kind.subresources.items()):
        part: Obj = {
            "name": f"{kind.plural}/{name}",
            "singularName": "",
            "namespaced": kind.namespaced,
            "kind": kind.name,
            "verbs": list(verbs),
        }
        if name in SUBRESOURCE_KINDS:
            group, version, part_kind = SUBRESOURCE_KINDS[name]
            part |= {"group": group, "version": version, "kind": part_kind}
        parts.append(part)
    return [own, *parts]


def _resource_list(group: str, version: str) -> Obj | None:
    resources = [
        entry for kind in KINDS if (kind.group, kind.version) == (group, version) for entry in _resource(kind)
    ]
    if (group, version) == (REVIEW_GROUP, "v1"):
        resources = [
            {
                "name": plural,
                "singularName": name.lower(),
                "namespaced": False,
                "kind": name,
                "verbs": ["create"],
            }
            for plural, name in REVIEWS.items()
        ]
    if not resources:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": resources,
    }


def _group(name: str, version: str) -> Obj:
    entry = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [entry], "preferredVersion": entry}


def document(path: str) -> Obj | str | None:
    """What a path that is no resource answers: JSON, plain text, or None where there is nothing."""
    groups = group_versions()
    match path.strip("/").split("/"):
        case ["healthz" | "livez" | "readyz", *_]:
            return "ok"
        case ["version"]:
            return VERSION
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        case ["apis"]:
            return {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [_group(name, version) for name, version in groups.items()],
            }
        case ["api", version]:
            return _resource_list("", version)
        case ["apis", group] if group in groups:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, groups[group])}
        case ["apis", group, version]:
            return _resource_list(group, version)
    return None
