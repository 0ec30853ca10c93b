"""Signing in and out over the API."""

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from atharva.api.problems import CredentialsExpired

from ..dashboards import dashboard_url
from ..models import User
from ..permissions import allowances
from ..services.signing_in import sign_in, sign_out
from .serializers import LoginAnswer, LoginBody, MeAnswer, PersonBody, RefreshBody, TokensAnswer


class OpenView(APIView):
    """Base of what needs no credentials. JSON alone: another site's form cannot send it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser,)


class Login(OpenView):
    @extend_schema(request=LoginBody, responses=LoginAnswer)
    def post(self, request: Request) -> Response:
        """Check a name and password; answers tokens, and a session cookie for the pages."""
        body = LoginBody(data=request.data)
        body.is_valid(raise_exception=True)
        user = sign_in(request._request, **body.validated_data)
        return Response(
            {**tokens_of(user), "user": PersonBody(user).data, "dashboard_url": dashboard_url(user)}
        )


class Refresh(OpenView):
    @extend_schema(request=RefreshBody, responses=TokensAnswer)
    def post(self, request: Request) -> Response:
        """A new pair of tokens for a refresh token that still stands."""
        body = RefreshBody(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(tokens_of(holder_of(body.validated_data["refresh"])))


class Logout(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End the session."""
        request._request.user = cast(User, request.user)
        sign_out(request._request)
        return Response(status=204)


class Me(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=MeAnswer)
    def get(self, request: Request) -> Response:
        """Who is signed in, and what they may do."""
        user = cast(User, request.user)
        return Response(
            {
                "user": PersonBody(user).data,
                "role": user.role,
                "permissions": allowances(user),
                "dashboard_url": dashboard_url(user),
            }
        )


def tokens_of(user: User) -> dict[str, str]:
    refresh = RefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def holder_of(refresh: str) -> User:
    """The person that a refresh token stands for. Raises CredentialsExpired."""
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]  # the stub knows tokens only, not their text
    except TokenError as error:
        raise CredentialsExpired from error
    user = User.objects.filter(pk=token.get(api_settings.USER_ID_CLAIM)).first()
    unchanged = user and token.get(api_settings.REVOKE_TOKEN_CLAIM) == get_md5_hash_password(user.password)
    if user is None or not user.is_active or not unchanged:
        raise CredentialsExpired
    return user
