"""What the OpenAPI schema says of every operation: the errors that it may answer with, in one envelope."""

from collections.abc import Iterator
from typing import Any

SAFE = frozenset({"get", "head", "options"})
ENVELOPE = "#/components/schemas/Error"
WHY = {
    400: "Malformed: the details name each field.",
    401: "No credentials, or they do not hold any more.",
    403: "The role, the token's scope or the missing CSRF token does not allow it.",
    404: "Unknown, or another tenant's: the two are never told apart.",
    405: "The address does not take this method.",
    406: "The answer cannot be given in the form asked for.",
    409: "In conflict with the present state.",
    413: "The request is too large.",
    415: "The body's media type is not taken here.",
    422: "Well-formed, and not allowed.",
    429: "Too many requests; Retry-After says when to try again.",
    503: "A dependency is down; Retry-After says when to try again.",
}
ALWAYS = (400, 401, 403, 405, 406, 429, 503)
OF_A_CHANGE = (409, 413, 415, 422)


def add_errors(result: dict[str, Any], **context: object) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: the schema with every operation's errors in it.

    One that only some operations know is named by their view, as `responses={409: None}`.
    """
    result["components"].setdefault("schemas", {})["Error"] = _envelope()
    for path, method, operation in _operations(result):
        named = {int(status) for status in operation["responses"] if int(status) >= 400}
        for status in named.union(_statuses(path, method)):
            operation["responses"][str(status)] = _response(status)
    return result


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield path, method, operation


def _statuses(path: str, method: str) -> tuple[int, ...]:
    """A list's page may be beyond the end, so a list knows 404 as well."""
    found = ALWAYS + ((404,) if method == "get" or "{" in path else ())
    return found if method in SAFE else found + OF_A_CHANGE


def _response(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": WHY[status],
        "content": {"application/json": {"schema": {"$ref": ENVELOPE}}},
    }
    if status in (429, 503):
        answer["headers"] = {
            "Retry-After": {
                "required": True,
                "description": "Seconds.",
                "schema": {"type": "string", "pattern": "^[0-9]+$"},
            }
        }
    return answer


def _envelope() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error"],
        "additionalProperties": False,
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "details"],
                "additionalProperties": False,
                "properties": {
                    "code": {"type": "string", "description": "One of docs/errors.md."},
                    "message": {"type": "string", "description": "What happened, and the way out."},
                    "details": {"type": "object", "additionalProperties": True},
                },
            }
        },
    }
