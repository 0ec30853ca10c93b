"""Reading request bodies: JSON or YAML objects of a kind, and patches."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml
from aiohttp import web

from . import errors, schema
from .kinds import Kind, Obj
from .patch import (
    ACCEPTED,
    APPLY_PATCH,
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    json_patch,
    merge,
    strategic,
)

JSON, YAML = "application/json", "application/yaml"


async def read(request: web.Request) -> Any:
    """The request's body as JSON or YAML means it, an empty object where there is none; raises 400, 415."""
    media = request.content_type if request.headers.get("Content-Type") else JSON
    data = await request.read()
    if not data:
        return {}
    if media in (YAML, APPLY_PATCH):
        return _yaml(data)
    if media not in (JSON, JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH):
        raise errors.unsupported_media_type(f"{JSON}, {YAML}")
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as problem:
        raise errors.bad_request(f"couldn't get version/kind; json parse error: {problem}") from problem


def _yaml(data: bytes) -> Any:
    try:
        return yaml.safe_load(data)
    except yaml.YAMLError as problem:
        raise errors.bad_request(f"error converting YAML to JSON: {problem}") from problem


async def read_object(request: web.Request) -> Obj:
    """The body, which must be an object; raises 400, 415."""
    body = await read(request)
    if not isinstance(body, dict):
        raise errors.bad_request(
            "couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct"
        )
    return body


def of_kind(kind: Kind, body: Obj, namespace: str, name: str, mode: str) -> tuple[Obj, list[str]]:
    """The body as a storable object of `kind`, and warnings of unknown fields; raises 400."""
    for field, wanted in (("kind", kind.name), ("apiVersion", kind.api_version)):
        given = body.pop(field, wanted)
        if given != wanted:
            raise errors.bad_request(
                f"the {field} of the provided object ({given}) does not match the expected {field} ({wanted})"
            )
    meta = body.setdefault("metadata", {})
    if not isinstance(meta, dict):
        raise errors.bad_request("json: cannot unmarshal metadata into Go value of type v1.ObjectMeta")
    if kind.namespaced:
        if meta.setdefault("namespace", namespace) != namespace:
            raise errors.bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
    else:
        meta.pop("namespace", None)
    if name and meta.setdefault("name", name) != name:
        raise errors.bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({name})"
        )
    return body, fields(kind, body, mode)


def fields(kind: Kind, body: Obj, mode: str) -> list[str]:
    """Drop the fields that the kind does not have, with warnings; raises 400 where `mode` is Strict."""
    unknown = schema.check(kind, body)
    if unknown and mode == "Strict":
        listed = ", ".join(f'unknown field "{path}"' for path in unknown)
        raise errors.bad_request(
            f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: strict '
            f"decoding error: {listed}"
        )
    return [f'unknown field "{path}"' for path in unknown] if mode != "Ignore" else []


def patched(kind: Kind, media: str, present: Obj, change: Any) -> Obj:
    """What a patch of some media type makes of an object; raises 400, 415, 422."""
    if media == JSON_PATCH:
        result = json_patch(present, change)
    elif media not in (MERGE_PATCH, STRATEGIC_PATCH):
        raise errors.unsupported_media_type(ACCEPTED)
    elif not isinstance(change, dict):
        raise errors.bad_request(
            "error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}"
        )
    else:
        result = merge(present, change) if media == MERGE_PATCH else strategic(present, change)
    if not isinstance(result, dict) or not isinstance(result.get("metadata"), dict):
        raise errors.ApiError(
            422, "Invalid", "the server rejected our request due to an error in our request", details={}
        )
    return result
