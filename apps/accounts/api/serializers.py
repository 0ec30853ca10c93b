"""The shapes of the authentication calls."""

from rest_framework import serializers

from ..models import Role, User


class LoginBody(serializers.Serializer[None]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class RefreshBody(serializers.Serializer[None]):
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
