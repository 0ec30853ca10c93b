"""Server-side apply: who owns which field, and whom an apply would overrule.

Lists are owned whole; the real server owns the entries of keyed lists one by one.
"""

from __future__ import annotations

import copy
from typing import Any

from . import errors
from .kinds import Kind, Obj
from .patch import strategic
from .store import now_text

Path = tuple[str, ...]
UNOWNED = {("metadata", "name"), ("metadata", "namespace"), ("kind",), ("apiVersion",)}


def applied(
    kind: Kind, present: Obj | None, wanted: Obj, manager: str, *, force: bool, part: str = ""
) -> Obj:
    """The object after `manager` applied `wanted`; raises 409 where that overrules another manager."""
    leaves = {path: value for path, value in _leaves(wanted) if path not in UNOWNED}
    base: Obj = copy.deepcopy(present) if present else {"metadata": {}}
    entries = [
        entry for entry in base["metadata"].get("managedFields") or () if not _is(entry, manager, part)
    ]
    before = next(
        (entry for entry in base["metadata"].get("managedFields") or () if _is(entry, manager, part)), None
    )
    rivals = {path: entry for entry in entries for path in _paths(entry["fieldsV1"])}
    lost = [path for path, value in leaves.items() if path in rivals and _get(base, path) != value]
    if lost and not force:
        raise _overruled(kind, wanted["metadata"]["name"], lost, rivals)
    result: Obj = strategic(base, wanted)
    for path in _paths(before["fieldsV1"]) if before else ():
        if path not in leaves and path not in rivals:
            _remove(result, path)
    for entry in entries:
        entry["fieldsV1"] = _tree([path for path in _paths(entry["fieldsV1"]) if path not in lost])
    entry = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": kind.api_version,
        "time": now_text(),
        "fieldsType": "FieldsV1",
        "fieldsV1": _tree(list(leaves)),
    }
    if part:
        entry["subresource"] = part
    if before is not None and before["fieldsV1"] == entry["fieldsV1"]:
        entry["time"] = before["time"]
    result["metadata"]["managedFields"] = [*entries, entry]
    return result


def _is(entry: Obj, manager: str, part: str) -> bool:
    return bool(
        entry["manager"] == manager and entry["operation"] == "Apply" and entry.get("subresource", "") == part
    )


def _leaves(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        return [leaf for name, item in value.items() for leaf in _leaves(item, (*path, name))]
    return [(path, value)]


def _paths(tree: Obj, path: Path = ()) -> list[Path]:
    if not tree:
        return [path]
    return [found for name, item in tree.items() for found in _paths(item, (*path, name.removeprefix("f:")))]


def _tree(paths: list[Path]) -> Obj:
    tree: Obj = {}
    for path in paths:
        place = tree
        for part in path:
            place = place.setdefault(f"f:{part}", {})
    return tree


def _get(obj: Any, path: Path) -> Any:
    for part in path:
        obj = obj.get(part) if isinstance(obj, dict) else None
    return obj


def _remove(obj: Obj, path: Path) -> None:
    parent = _get(obj, path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)


def _overruled(kind: Kind, name: str, lost: list[Path], rivals: dict[Path, Obj]) -> errors.ApiError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{rivals[path]["manager"]}"',
            "field": "." + ".".join(path),
        }
        for path in lost
    ]
    first = causes[0]
    return errors.ApiError(
        409,
        "Conflict",
        f"Apply failed with {len(lost)} conflict{'s' if len(lost) > 1 else ''}: {first['message']}: "
        f"{first['field']}",
        details={"causes": causes},
    )
