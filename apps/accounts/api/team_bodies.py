"""The shapes of invitations."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from atharva.api.bodies import Body

from ..models import Invitation
from ..seats import InvitationState, state_of


class InviteBody(Body):
    # It becomes the person's username.
    email = serializers.EmailField(max_length=150)


class InvitationBody(serializers.ModelSerializer[Invitation]):
    state = serializers.SerializerMethodField()
    invited_by = serializers.CharField(help_text="The person's name", read_only=True)

    class Meta:
        model = Invitation
        fields = ("id", "email", "role", "state", "invited_by", "created_at", "sent_at", "expires_at")
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=InvitationState.choices))
    def get_state(self, invitation: Invitation) -> str:
        return state_of(invitation, timezone.now()).value
