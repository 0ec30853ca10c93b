"""The shapes of what concerns other people."""

from rest_framework import serializers

from atharva.api.bodies import Body
from atharva.api.queries import Query

from ..models import Role, User, UserStatus
from ..selectors.people import ORDERINGS
from .serializers import Credentials


class PeopleFilters(Query):
    """What the query string of the list may say."""

    search = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Words of a name, address or tenant"
    )
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    status = serializers.ChoiceField(choices=UserStatus.choices, required=False)
    client = serializers.UUIDField(required=False, help_text="A tenant's id")
    ordering = serializers.ChoiceField(choices=ORDERINGS, required=False)


class PersonRow(serializers.ModelSerializer[User]):
    client_id = serializers.UUIDField(allow_null=True, read_only=True)
    client = serializers.CharField(
        source="client.name", allow_null=True, default=None, read_only=True, help_text="The tenant's name"
    )

    class Meta:
        model = User
        fields = ("id", "name", "username", "email", "role", "status", "last_login", "client_id", "client")
        read_only_fields = fields


class NewPersonBody(Body):
    """Somebody of role client works for the tenant `client_id`, or for a new one named `company`."""

    name = serializers.CharField(max_length=150)
    email = serializers.EmailField(max_length=150, help_text="The username from then on")
    role = serializers.ChoiceField(choices=Role.choices)
    client_id = serializers.UUIDField(required=False, allow_null=True)
    company = serializers.CharField(required=False, allow_blank=True, max_length=120)


class PersonCreated(PersonRow):
    credentials = Credentials(read_only=True)

    class Meta(PersonRow.Meta):
        fields = (*PersonRow.Meta.fields, "credentials")  # type: ignore[assignment]


class PersonChanges(Body):
    """What shall be different; what is not named stays as it is."""

    name = serializers.CharField(max_length=150, required=False)
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    status = serializers.ChoiceField(choices=UserStatus.choices, required=False)
    client_id = serializers.UUIDField(required=False, allow_null=True)
