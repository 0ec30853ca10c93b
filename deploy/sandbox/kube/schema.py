"""The fields that each kind has, read from the official client's models.

The models carry every field's JSON name and type, which is all that field validation needs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from kubernetes.client import models

from . import errors
from .kinds import Kind, Obj

_LIST = re.compile(r"^list\[(.+)]$")
_MAP = re.compile(r"^dict\(str, (.+)\)$")
_WANTS: dict[str, tuple[type, ...]] = {"str": (str,), "bool": (bool,), "int": (int,), "float": (int, float)}
_GO_NAMES = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}


@lru_cache(maxsize=1024)
def _fields(model: str) -> dict[str, str] | None:
    """JSON name -> type of a model's fields, None where the model is opaque (quantities, int-or-string)."""
    found = getattr(models, model, None)
    if found is None or not hasattr(found, "attribute_map"):
        return None
    return {json_name: found.openapi_types[name] for name, json_name in found.attribute_map.items()}


def model_of(kind: Kind) -> str:
    """The client's model class of a kind."""
    return "CoreV1Event" if kind.name == "Event" else f"V1{kind.name}"


def check(kind: Kind, obj: Obj) -> list[str]:
    """Remove the fields that the kind does not have and return their paths; raises 400 on a wrong type."""
    unknown: list[str] = []
    _walk(model_of(kind), obj, "", unknown, kind)
    return unknown


def _walk(wanted: str, value: Any, path: str, unknown: list[str], kind: Kind) -> None:
    if value is None or wanted in ("object", "datetime"):
        return
    if found := _LIST.match(wanted):
        _expect(value, (list,), path, kind)
        for index, item in enumerate(value):
            _walk(found[1], item, f"{path}[{index}]", unknown, kind)
    elif found := _MAP.match(wanted):
        _expect(value, (dict,), path, kind)
        for name, item in value.items():
            _walk(found[1], item, f"{path}.{name}", unknown, kind)
    elif wanted in _WANTS:
        # Quantities and int-or-string are `str` or `object` in the models and may come as numbers.
        if (
            wanted == "str"
            and path.startswith((".status.capacity", ".status.allocatable"))
            or "resources." in path
        ):
            return
        _expect(value, _WANTS[wanted], path, kind)
    elif (fields := _fields(wanted)) is not None:
        _expect(value, (dict,), path, kind)
        for name in list(value):
            if name not in fields:
                unknown.append(f"{path}.{name}".removeprefix("."))
                del value[name]
            else:
                _walk(fields[name], value[name], f"{path}.{name}", unknown, kind)


def _expect(value: Any, types: tuple[type, ...], path: str, kind: Kind) -> None:
    if isinstance(value, types) and (bool in types or not isinstance(value, bool)):
        return
    go_name = _GO_NAMES.get(type(value), "object")
    raise errors.bad_request(
        f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: json: cannot unmarshal '
        f"{go_name} into Go struct field {kind.name}{path} of type {types[0].__name__}"
    )
