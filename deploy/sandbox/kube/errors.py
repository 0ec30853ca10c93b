"""Failures, each with the HTTP answer that a kube-apiserver gives for it."""

from __future__ import annotations

from typing import Any

from .kinds import Kind, Obj


class ApiError(Exception):
    """A refusal: HTTP code and the `Status` body that goes with it."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Obj | None = None,
        headers: dict[str, str] | None = None,
        metadata: Obj | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.headers = headers or {}
        self.status = failure(code, reason, message, details, metadata)


def failure(
    code: int, reason: str, message: str, details: Obj | None = None, metadata: Obj | None = None
) -> Obj:
    """A `Status` of a failure; without `reason` where the real server leaves it out."""
    status: Obj = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": metadata or {},
        "status": "Failure",
        "message": message,
    }
    if reason:
        status["reason"] = reason
    if details is not None:
        status["details"] = details
    status["code"] = code
    return status


def success(code: int, details: Obj | None = None) -> Obj:
    """A `Status` of a success."""
    status: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if details is not None:
        status["details"] = details
    status["code"] = code
    return status


def about(kind: Kind, name: str, by_kind: bool = False, **more: Any) -> Obj:
    """The `details` that name an object; validation errors name the kind, all others the resource."""
    details: Obj = {"name": name} if name else {}
    if kind.group:
        details["group"] = kind.group
    return {**details, "kind": kind.name if by_kind else kind.plural, **more}


def resource(kind: Kind) -> str:
    """How messages name a resource: `pods`, `deployments.apps`."""
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural


def not_found(kind: Kind, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{resource(kind)} "{name}" not found', details=about(kind, name))


def already_exists(kind: Kind, name: str) -> ApiError:
    return ApiError(
        409, "AlreadyExists", f'{resource(kind)} "{name}" already exists', details=about(kind, name)
    )


def conflict(kind: Kind, name: str, why: str = "", sub: str = "") -> ApiError:
    why = why or (
        "the object has been modified; please apply your changes to the latest version and try again"
    )
    where = f"{resource(kind)}/{sub}" if sub else resource(kind)
    return ApiError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {where} "{name}": {why}',
        details=about(kind, name) | ({"kind": f"{kind.plural}/{sub}"} if sub else {}),
    )


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def invalid(kind: Kind, name: str, *problems: tuple[str, str, str]) -> ApiError:
    """422 for (cause reason, field, message) each."""
    causes = [{"reason": reason, "message": message, "field": field} for reason, field, message in problems]
    texts = [f"{field}: {message}" for _, field, message in problems]
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    subject = f"{kind.name}.{kind.group}" if kind.group else kind.name
    return ApiError(
        422,
        "Invalid",
        f'{subject} "{name}" is invalid: {text}',
        details=about(kind, name, by_kind=True, causes=causes),
    )


def expired(message: str, metadata: Obj | None = None) -> ApiError:
    return ApiError(410, "Expired", message, metadata=metadata)


def method_not_allowed() -> ApiError:
    return ApiError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource", details={}
    )


def unsupported_media_type(accepted: str) -> ApiError:
    return ApiError(
        415,
        "UnsupportedMediaType",
        f"the body of the request was in an unknown format - accepted media types include: {accepted}",
        details={},
    )


def version_too_large(asked: int, current: int) -> ApiError:
    return ApiError(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {asked}, current: {current}",
        details={
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        },
        headers={"Retry-After": "1"},
    )
