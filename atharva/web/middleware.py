"""What every answer carries: a request id that the logs share, and a strict content security policy."""

import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# The back office (unfold) and the API explorer bring inline scripts of their own.
RELAXED_PATHS = ("/back-office/", "/api/docs")
RELAXED_POLICY = POLICY.replace(
    "script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'"
).replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


class RequestContext:
    """Binds a request id to every log line of the request and answers it as X-Request-ID."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        request.META["REQUEST_ID"] = request_id
        address = request.META.get("REMOTE_ADDR")
        with structlog.contextvars.bound_contextvars(request_id=request_id, address=address):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class ContentSecurity:
    """Nothing inline, nothing from elsewhere; the two explorers of operators excepted."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        relaxed = request.path.startswith(RELAXED_PATHS)
        response.headers.setdefault("Content-Security-Policy", RELAXED_POLICY if relaxed else POLICY)
        return response
