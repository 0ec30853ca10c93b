"""A person's API tokens for scripts."""

from typing import cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atharva.api.problems import Missing

from ..models import ApiToken, User
from ..permissions import IsThePerson
from ..selectors.tokens import tokens_of
from ..services.api_tokens import create_token, revoke_token
from .serializers import TokenBody, TokenCreated, TokenRequest


class ApiTokens(ListAPIView[ApiToken]):
    """One's own alone, whatever one's role."""

    permission_classes = (IsThePerson,)
    serializer_class = TokenBody
    queryset = ApiToken.objects.none()  # for the schema, which is made without a person

    def get_queryset(self):  # type: ignore[no-untyped-def]  # the stubs disagree about its generic
        return tokens_of(cast(User, self.request.user))

    @extend_schema(request=TokenRequest, responses={201: TokenCreated})
    def post(self, request: Request) -> Response:
        """Make a token. The answer is the one time that it is shown."""
        body = TokenRequest(data=request.data)
        body.is_valid(raise_exception=True)
        token, secret = create_token(cast(User, request.user), **body.validated_data)
        return Response({**TokenBody(token).data, "token": secret}, status=201)


class OneApiToken(APIView):
    permission_classes = (IsThePerson,)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke a token: it is refused from the next request on."""
        user = cast(User, request.user)
        token = tokens_of(user).filter(pk=token_id).first()
        if token is None:
            raise Missing(what="API token", id=str(token_id))
        revoke_token(token, by=user)
        return Response(status=204)
