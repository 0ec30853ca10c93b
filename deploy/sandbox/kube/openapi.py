"""As much OpenAPI as kubectl asks for before it writes: that the server validates fields itself."""

from __future__ import annotations

from .discovery import VERSION, group_versions
from .kinds import KINDS, Obj

V2_MEDIA = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


def _field(number: int, value: bytes) -> bytes:
    """A length-delimited protobuf field; short values only."""
    return bytes([number << 3 | 2, len(value)]) + value


# A document with no definitions: an old kubectl validates nothing by it and leaves that to the server.
V2 = _field(1, b"2.0") + _field(2, _field(1, b"Kubernetes") + _field(2, VERSION["gitVersion"].encode()))


def v3(path: str) -> Obj | None:
    """The index at /openapi/v3, or the document of one group version; None for any other path."""
    roots = ["api/v1", *(f"apis/{group}/{version}" for group, version in group_versions().items())]
    if path == "/openapi/v3":
        return {"paths": {root: {"serverRelativeURL": f"/openapi/v3/{root}"} for root in roots}}
    root = path.removeprefix("/openapi/v3/")
    return _document(root) if root in roots else None


def _document(root: str) -> Obj:
    parameter = {"name": "fieldValidation", "in": "query", "schema": {"type": "string", "uniqueItems": True}}
    paths: Obj = {}
    for kind in KINDS:
        if root != (f"apis/{kind.api_version}" if kind.group else "api/v1"):
            continue
        place = "namespaces/{namespace}/" if kind.namespaced else ""
        paths[f"/{root}/{place}{kind.plural}/{{name}}"] = {
            "patch": {
                "parameters": [parameter],
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {
                    "group": kind.group,
                    "version": kind.version,
                    "kind": kind.name,
                },
            }
        }
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
        "paths": paths,
        "components": {"schemas": {}},
    }
