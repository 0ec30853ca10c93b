"""A tenant's open invitations over the API."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from ..models import Client, Invitation, Role
from ..permissions import IsTenantOrAdmin, IsThePerson
from ..selectors.team import invitations_of
from ..services.invitations import invite, resend, withdraw
from ..services.limits import limit
from .team_bodies import InvitationBody, InviteBody
from .tenant import TenantView


class IsTenantOrAdminInPerson(IsThePerson, IsTenantOrAdmin):
    """No script lets people in."""


class Invitations(TenantView, ListAPIView[Invitation]):
    """Those neither accepted nor withdrawn, the newest first. Not for API tokens."""

    permission_classes = (IsTenantOrAdminInPerson,)
    serializer_class = InvitationBody
    queryset = Invitation.objects.none()  # for the schema; rows come from get_queryset

    def get_queryset(self) -> QuerySet[Invitation]:
        return invitations_of(self.find(Client, self.kwargs["client_id"]))

    @extend_schema(request=InviteBody, responses={201: InvitationBody})
    def post(self, request: Request, client_id: UUID) -> Response:
        """Invite somebody as one of the tenant's people; the link goes to their mailbox alone."""
        client = self.find(Client, client_id)
        body = InviteBody(data=request.data)
        body.is_valid(raise_exception=True)
        limit(request._request, "invitation")
        invitation = invite(body.validated_data["email"], role=Role.CLIENT, client=client, by=self.person)
        return Response(InvitationBody(invitation).data, status=201)


class OneInvitation(TenantView):
    permission_classes = (IsTenantOrAdminInPerson,)

    @extend_schema(operation_id="client_invitations_resend", request=None, responses=InvitationBody)
    def post(self, request: Request, client_id: UUID, invitation_id: UUID) -> Response:
        """Send a new link, which holds for another week; the old one opens nothing from now on."""
        invitation = self.open_one(client_id, invitation_id)
        limit(request._request, "invitation")
        return Response(InvitationBody(resend(invitation, by=self.person)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, client_id: UUID, invitation_id: UUID) -> Response:
        """Withdraw it: its link opens nothing from now on."""
        withdraw(self.open_one(client_id, invitation_id), by=self.person)
        return Response(status=204)

    def open_one(self, client_id: UUID, invitation_id: UUID) -> Invitation:
        """Raises Missing."""
        return self.find(Invitation, invitation_id, among=invitations_of(self.find(Client, client_id)))
