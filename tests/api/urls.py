"""The product's addresses, and some that fail in each way that an endpoint can."""

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.exceptions import Throttled
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.fleet.errors import GroupAtMinimum, IllegalTransition
from atharva.urls import handler404, handler500
from atharva.urls import urlpatterns as ours

FAILURES = {
    "conflict": IllegalTransition(switch="s", before="complete", after="preparing"),
    "refused": GroupAtMinimum(group="workers", minimum=3),
    "large": RequestDataTooBig(),
    "busy": Throttled(wait=7),
    "down": OperationalError("connection to 10.0.0.1 failed: password=secret"),
    "defect": RuntimeError("internal detail"),
}


class Fails(APIView):
    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser,)

    def get(self, request: Request, how: str) -> Response:
        raise FAILURES[how]

    def post(self, request: Request, how: str) -> Response:
        return Response(request.data)


def page(request: HttpRequest, how: str) -> HttpResponse:
    raise FAILURES[how]


urlpatterns = [*ours, path("api/fails/<how>", Fails.as_view()), path("fails/<how>", page)]
__all__ = ["handler404", "handler500", "urlpatterns"]
