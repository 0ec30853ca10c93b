"""The shapes of what concerns a person: signing in and up, their profile and their tokens."""

from rest_framework import serializers

from atharva.api.bodies import Body

from ..models import ApiToken, Client, Role, Scope, User

# What a field of a password takes; what is kept of one has the same length whatever it was.
PASSWORD_LENGTH = 1024


class LoginBody(Body):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=PASSWORD_LENGTH, trim_whitespace=False)
    code = serializers.CharField(
        max_length=32, required=False, allow_blank=True, help_text="Of the second factor, where one is asked."
    )


class RefreshBody(Body):
    refresh = serializers.CharField(max_length=4096)


class PersonBody(serializers.ModelSerializer[User]):
    """A person as the API shows them."""

    client_id = serializers.UUIDField(allow_null=True, read_only=True)

    class Meta:
        model = User
        fields = ("id", "username", "name", "role", "client_id")
        read_only_fields = fields


class LoginAnswer(serializers.Serializer[None]):
    access = serializers.CharField()
    refresh = serializers.CharField()
    user = PersonBody()
    dashboard_url = serializers.CharField()


class TokensAnswer(serializers.Serializer[None]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class MeAnswer(serializers.Serializer[None]):
    user = PersonBody()
    role = serializers.ChoiceField(choices=Role.choices)
    permissions = serializers.ListField(child=serializers.CharField())
    dashboard_url = serializers.CharField()


class RegisterBody(Body):
    company = serializers.CharField(max_length=120)
    email = serializers.EmailField(max_length=150, help_text="The username from then on")
    name = serializers.CharField(max_length=150)
    password = serializers.CharField(
        max_length=PASSWORD_LENGTH,
        trim_whitespace=False,
        required=False,
        help_text="Made where none is given",
    )


class ClientName(serializers.ModelSerializer[Client]):
    class Meta:
        model = Client
        fields = ("id", "name")
        read_only_fields = fields


class Registered(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "username", "role")
        read_only_fields = fields


class Credentials(serializers.Serializer[None]):
    username = serializers.CharField()
    password = serializers.CharField(help_text="Shown this once")


class RegisterAnswer(serializers.Serializer[dict[str, object]]):
    client = ClientName()
    user = Registered()
    credentials = Credentials()
    dashboard_url = serializers.CharField()


class ProfileBody(Body):
    current_password = serializers.CharField(max_length=PASSWORD_LENGTH, trim_whitespace=False)
    new_username = serializers.CharField(max_length=150, required=False)
    new_password = serializers.CharField(max_length=PASSWORD_LENGTH, trim_whitespace=False, required=False)


class ProfileAnswer(TokensAnswer):
    user = PersonBody()


class TokenRequest(Body):
    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), min_length=1)
    expires_at = serializers.DateTimeField(help_text="At most a year from now")


class TokenBody(serializers.ModelSerializer[ApiToken]):
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), read_only=True)

    class Meta:
        model = ApiToken
        fields = ("id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at")
        read_only_fields = fields


class TokenCreated(TokenBody):
    token = serializers.CharField(help_text="Shown this once", read_only=True)

    class Meta(TokenBody.Meta):
        fields = (*TokenBody.Meta.fields, "token")  # type: ignore[assignment]
