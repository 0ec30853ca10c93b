"""Signing in and out over the API."""

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import Token

from ..dashboards import dashboard_url
from ..models import User
from ..permissions import IsThePerson
from ..services.sessions import FAMILY_CLAIM, Tokens, renew
from ..services.signing_in import begin_family, sign_in, sign_out
from .serializers import LoginAnswer, LoginBody, PersonBody, RefreshBody, TokensAnswer


class OpenView(APIView):
    """Base of what needs no credentials."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class Login(OpenView):
    @extend_schema(request=LoginBody, responses=LoginAnswer)
    def post(self, request: Request) -> Response:
        """Check a name and password; answers tokens, and a session cookie for the pages."""
        body = LoginBody(data=request.data)
        body.is_valid(raise_exception=True)
        user = sign_in(request._request, **body.validated_data)
        tokens = begin_family(request._request, user)
        return Response(
            {**shown(tokens), "user": PersonBody(user).data, "dashboard_url": dashboard_url(user)}
        )


class Refresh(OpenView):
    @extend_schema(request=RefreshBody, responses=TokensAnswer)
    def post(self, request: Request) -> Response:
        """A new pair for a refresh token that still stands. One that comes twice ends the sign-in."""
        body = RefreshBody(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(shown(renew(body.validated_data["refresh"])))


class Logout(APIView):
    permission_classes = (IsThePerson,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End the session, and every token of this sign-in."""
        request._request.user = cast(User, request.user)
        family = request.auth.get(FAMILY_CLAIM, "") if isinstance(request.auth, Token) else ""
        sign_out(request._request, family_id=family)
        return Response(status=204)


def shown(tokens: Tokens) -> dict[str, str]:
    """A pair as the API answers it."""
    return {"access": tokens.access, "refresh": tokens.refresh}
