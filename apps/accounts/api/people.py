"""Client Management over the API."""

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ..models import User
from ..permissions import IsAdmin
from ..selectors.people import people, person, tenant
from ..services.people import change_person, create_person, delete_person
from .people_bodies import NewPersonBody, PeopleFilters, PersonChanges, PersonCreated, PersonRow


class People(ListAPIView[User]):
    """Everybody who is here, by name unless `ordering` says otherwise."""

    permission_classes = (IsAdmin,)
    serializer_class = PersonRow
    queryset = User.objects.none()  # for the schema; rows come from get_queryset

    @extend_schema(parameters=[PeopleFilters])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[User]:
        return people(**PeopleFilters.asked(self.request.query_params))

    @extend_schema(request=NewPersonBody, responses={201: PersonCreated})
    def post(self, request: Request) -> Response:
        """Make a person. The answer is the one time that their password is shown."""
        body = NewPersonBody(data=request.data)
        body.is_valid(raise_exception=True)
        made, password = create_person(**_with_tenant(body.validated_data), by=cast(User, request.user))
        credentials = {"username": made.username, "password": password}
        return Response({**PersonRow(made).data, "credentials": credentials}, status=201)


class OnePerson(APIView):
    permission_classes = (IsAdmin,)

    @extend_schema(responses=PersonRow)
    def get(self, request: Request, user_id: UUID) -> Response:
        return Response(PersonRow(person(user_id)).data)

    @extend_schema(request=PersonChanges, responses=PersonRow)
    def put(self, request: Request, user_id: UUID) -> Response:
        """Change what is named. A change of role, status or tenant ends every session and token of theirs."""
        body = PersonChanges(data=request.data)
        body.is_valid(raise_exception=True)
        changes = _with_tenant(body.validated_data)
        changed = change_person(person(user_id), by=cast(User, request.user), **changes)
        return Response(PersonRow(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Archive a person: their sessions and tokens end at once, and their address is free again."""
        delete_person(person(user_id), by=cast(User, request.user))
        return Response(status=204)


def _with_tenant(named: dict[str, Any]) -> dict[str, Any]:
    """What a body named, with the tenant in the place of its id. Raises TenantGone."""
    others = {field: value for field, value in named.items() if field != "client_id"}
    if "client_id" not in named:
        return others
    return others | {"client": tenant(named["client_id"]) if named["client_id"] else None}
