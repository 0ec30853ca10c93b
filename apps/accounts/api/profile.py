"""Who one is, and what one changes of it."""

from typing import cast

from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ..dashboards import dashboard_url
from ..models import User
from ..permissions import IsAdmin, IsSignedIn, IsThePerson, allowances
from ..services.limits import limit
from ..services.profile import change_profile
from ..services.sessions import open_family
from .serializers import MeAnswer, PersonBody, ProfileAnswer, ProfileBody
from .signing_in import shown


class Me(APIView):
    permission_classes = (IsSignedIn,)

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


class Profile(APIView):
    """An admin's own account."""

    permission_classes = (IsThePerson, IsAdmin)

    @extend_schema(request=ProfileBody, responses=ProfileAnswer)
    def put(self, request: Request) -> Response:
        """Change username or password. Every session and token ends; the answer has a new pair."""
        limit(request._request, "profile")
        body = ProfileBody(data=request.data)
        body.is_valid(raise_exception=True)
        user = change_profile(cast(User, request.user), **body.validated_data)
        # The pages ask for the new credentials (row 7.5): the browser's session is not carried on.
        logout(request._request)
        return Response({**shown(open_family(user)), "user": PersonBody(user).data})
