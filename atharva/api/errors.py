"""Every error of the API in one envelope: {"error": {"code", "message", "details"}}."""

import json
import sys
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from . import problems
from .problems import Problem

API = "/api/"
RETRY_SECONDS = 5


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for what is a defect of ours: that is logged, and answered 500."""
    problem = problem_of(error, context["request"])
    if problem is None:
        return None
    set_rollback()
    return Response(body(problem), status=problem.status, headers=headers(problem, error))


def body(problem: Problem) -> dict[str, object]:
    """The envelope. Details that JSON does not know are shown as text."""
    details = json.loads(json.dumps(problem.details, cls=DjangoJSONEncoder, default=str))
    return {"error": {"code": problem.code, "message": problem.sentence, "details": details}}


def headers(problem: Problem, error: Exception) -> dict[str, str]:
    named = {}
    if challenge := getattr(error, "auth_header", None):
        named["WWW-Authenticate"] = challenge
    if problem.status in (429, 503):
        named["Retry-After"] = str(problem.details.get("retry_after", RETRY_SECONDS))
    return named


def problem_of(error: Exception, request: Request) -> Problem | None:
    """The error as one of the catalogue; None where it is not one that a caller could meet."""
    match error:
        case Problem():
            return None if error.status == 500 else error
        case exceptions.ValidationError():
            detail = error.detail
            return problems.ValidationFailed(**detail if isinstance(detail, dict) else {"all": detail})
        case exceptions.ParseError():
            return problems.BodyUnreadable(why=str(error.detail))
        case exceptions.NotAuthenticated():
            return problems.NotSignedIn()
        case exceptions.AuthenticationFailed():
            return problems.CredentialsExpired()
        case exceptions.PermissionDenied() | PermissionDenied():
            return problems.CrossSite() if "CSRF" in str(error) else problems.Forbidden()
        case exceptions.NotFound() | Http404():
            return problems.NoSuchPath()
        case exceptions.MethodNotAllowed():
            return problems.MethodNotAllowed(method=request.method)
        case exceptions.NotAcceptable():
            return problems.NotAcceptable()
        case exceptions.UnsupportedMediaType():
            return problems.UnsupportedMediaType()
        case exceptions.Throttled():
            return problems.TooManyRequests(
                retry_after=int(getattr(error, "wait", None) or RETRY_SECONDS) + 1
            )
        case RequestDataTooBig():
            return problems.TooLarge()
        case OperationalError() | InterfaceError():
            return problems.DatabaseUnavailable()
    return None


# ------------------------------------------- what Django answers by itself, outside of any API view


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return JsonResponse(body(problems.NoSuchPath()), status=404)
    return render(request, "errors/404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """What an uncaught error is answered with: 503 where a dependency is down, else 500."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(request)
    if request.path.startswith(API):
        return JsonResponse(body(problems.ServerFailed()), status=500)
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """It is worth trying again, and says when."""
    retry = {"Retry-After": str(RETRY_SECONDS)}
    if request.path.startswith(API):
        return JsonResponse(body(problems.DatabaseUnavailable()), status=503, headers=retry)
    # Without the request: who asks is in the database that does not answer.
    return HttpResponse(render_to_string("errors/503.html"), status=503, headers=retry)
