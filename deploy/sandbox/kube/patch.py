"""Patches: JSON, merge, strategic merge, and server-side apply in its basic form."""

from __future__ import annotations

import copy
from typing import Any

from . import errors
from .kinds import Obj

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
ACCEPTED = ", ".join((JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH))

# The lists that merge by a key, by their place (the last names of the path); all other lists are replaced.
MERGE_KEYS = {
    ("status", "conditions"): "type",
    ("status", "addresses"): "type",
    ("spec", "containers"): "name",
    ("spec", "initContainers"): "name",
    ("spec", "volumes"): "name",
    ("containers", "env"): "name",
    ("containers", "volumeMounts"): "mountPath",
    ("containers", "ports"): "containerPort",
    ("metadata", "ownerReferences"): "uid",
    ("spec", "imagePullSecrets"): "name",
    ("spec", "topologySpreadConstraints"): "topologyKey",
}
# Lists of plain values that merge as sets.
MERGE_SETS = {("metadata", "finalizers")}


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def strategic(target: Any, patch: Any, path: tuple[str, ...] = ()) -> Any:
    """A strategic merge of the lists of MERGE_KEYS, with `$patch` and `$deleteFromPrimitiveList`."""
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if name.startswith("$deleteFromPrimitiveList/"):
            field = name.split("/", 1)[1]
            result[field] = [item for item in result.get(field, ()) if item not in value]
        elif name.startswith(("$setElementOrder/", "$retainKeys", "$patch")):
            continue
        elif value is None:
            result.pop(name, None)
        elif isinstance(value, list):
            result[name] = _strategic_list(result.get(name) or [], value, (*path, name))
        else:
            result[name] = strategic(result.get(name), value, (*path, name))
    return result


def _strategic_list(target: list[Any], patch: list[Any], path: tuple[str, ...]) -> list[Any]:
    place = path[-2:]
    if place in MERGE_SETS:
        return [*target, *(item for item in patch if item not in target)]
    key = MERGE_KEYS.get((path[-2], path[-1])) if len(path) > 1 else None
    if key is None or any(isinstance(item, dict) and item == {"$patch": "replace"} for item in patch):
        return [item for item in patch if item != {"$patch": "replace"}]
    merged = {item.get(key): item for item in target}
    for item in patch:
        if item.get("$patch") == "delete":
            merged.pop(item.get(key), None)
        else:
            merged[item.get(key)] = strategic(merged.get(item.get(key)), item, path)
    return list(merged.values())


def json_patch(target: Obj, operations: list[Obj]) -> Any:
    """RFC 6902; raises 422 where a path is missing or a test fails, 400 where the patch is no list."""
    if not isinstance(operations, list):
        raise errors.bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
        )
    document: Any = copy.deepcopy(target)
    try:
        for operation in operations:
            document = _operate(document, operation)
    except (KeyError, IndexError, ValueError, TypeError) as problem:
        raise errors.ApiError(
            422, "Invalid", "the server rejected our request due to an error in our request", details={}
        ) from problem
    return document


def _operate(document: Any, operation: Obj) -> Any:
    name, path = operation["op"], _parts(operation["path"])
    match name:
        case "add" | "replace" | "remove":
            return _set(document, path, name, operation.get("value"))
        case "test":
            if _get(document, path) != operation.get("value"):
                raise ValueError(f"test of {operation['path']} failed")
            return document
        case "copy" | "move":
            source = _parts(operation["from"])
            value = copy.deepcopy(_get(document, source))
            if name == "move":
                document = _set(document, source, "remove", None)
            return _set(document, path, "add", value)
    raise ValueError(f"unknown operation {name}")


def _parts(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise ValueError(path)
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _get(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _set(document: Any, path: list[str], operation: str, value: Any) -> Any:
    if not path:
        return value
    parent, last = _get(document, path[:-1]), path[-1]
    if isinstance(parent, list):
        _set_item(parent, last, operation, value)
    elif operation == "remove":
        del parent[last]
    elif operation == "replace" and last not in parent:
        raise KeyError(last)
    else:
        parent[last] = value
    return document


def _set_item(parent: list[Any], last: str, operation: str, value: Any) -> None:
    if operation == "add":
        index = len(parent) if last == "-" else int(last)
        if index > len(parent):
            raise IndexError(last)
        parent.insert(index, value)
    elif operation == "remove":
        del parent[int(last)]
    else:
        parent[int(last)] = value
