"""A company signs up over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ..dashboards import dashboard_url
from ..services.limits import limit
from ..services.signing_up import sign_up
from .serializers import RegisterAnswer, RegisterBody
from .signing_in import OpenView


class Register(OpenView):
    @extend_schema(request=RegisterBody, responses={201: RegisterAnswer})
    def post(self, request: Request) -> Response:
        """Make a client and its first person. The answer is the one time that a password is shown."""
        body = RegisterBody(data=request.data)
        body.is_valid(raise_exception=True)
        limit(request._request, "sign_up")
        made = sign_up(**body.validated_data)
        answer = RegisterAnswer(
            {
                "client": made.client,
                "user": made.user,
                "credentials": {"username": made.user.username, "password": made.password},
                "dashboard_url": dashboard_url(made.user),
            }
        )
        return Response(answer.data, status=201)
