"""The shapes of the calls about connecting an account. The external id is in the policy documents alone."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from atharva.api.bodies import KnownFieldsOnly

from ..models import CloudAccount, ConnectionTest
from ..services.access_policy import Documents
from ..services.connecting import checking
from ..statuses import ConnectionTestState

MOST_REGIONS = 40


# What these look like is said here and checked by the services, for the pages and commands too.


@extend_schema_field({"type": "string", "maxLength": 30, "pattern": f"^{checking.REGION.pattern}$"})
class Region(serializers.CharField):
    """As AWS names it."""


@extend_schema_field({"type": "string", "maxLength": 200, "pattern": f"^{checking.ROLE_ARN.pattern}$"})
class RoleArn(serializers.CharField):
    """Of a role in the account."""


@extend_schema_field({"type": "string", "maxLength": 300, "pattern": f"^({checking.QUEUE_URL.pattern})?$"})
class QueueUrl(serializers.CharField):
    """Of a queue in the account, or none."""


class AccountBody(serializers.ModelSerializer[CloudAccount]):
    """An AWS account. It is read once `connected_at` is set."""

    client_id = serializers.UUIDField(read_only=True)
    regions = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = CloudAccount
        fields = (
            "id",
            "client_id",
            "name",
            "aws_account_id",
            "role_arn",
            "regions",
            "queue_url",
            "created_at",
            "connected_at",
            "discovered_at",
            "problem",
            "queue_problem",
        )
        read_only_fields = fields


class NewAccountBody(KnownFieldsOnly):
    name = serializers.CharField(max_length=80)
    aws_account_id = serializers.RegexField(r"^[0-9]{12}\Z", help_text="Twelve digits")
    regions = serializers.ListField(
        child=Region(max_length=30),
        min_length=1,
        max_length=MOST_REGIONS,
        help_text="The first is where its queue is",
    )


class AccountChange(KnownFieldsOnly):
    """Some of the fields."""

    name = serializers.CharField(max_length=80, required=False)
    role_arn = RoleArn(max_length=200, required=False)
    regions = serializers.ListField(
        child=Region(max_length=30), min_length=1, max_length=MOST_REGIONS, required=False
    )
    queue_url = QueueUrl(max_length=300, allow_blank=True, required=False)


class AccountPolicyBody(serializers.Serializer[Documents]):
    """Two policy documents, and the same with a queue of events as text to deploy."""

    policy = serializers.DictField(help_text="What the role may do")
    trust = serializers.DictField(help_text="Who may assume it; holds the account's external id")
    cloudformation = serializers.CharField()
    terraform = serializers.CharField()


class FindingBody(serializers.Serializer[dict[str, Any]]):
    permission = serializers.CharField()
    why = serializers.CharField()
    ok = serializers.BooleanField()
    detail = serializers.CharField(help_text="What is wrong and what to do; empty when well")


class ConnectionTestBody(serializers.ModelSerializer[ConnectionTest]):
    """A test, as far as it is: `findings` grow up to `planned`."""

    account_id = serializers.UUIDField(read_only=True)
    state = serializers.ChoiceField(choices=ConnectionTestState.choices, read_only=True)
    passed = serializers.BooleanField(read_only=True)
    missing = serializers.ListField(child=serializers.CharField(), read_only=True)
    findings = FindingBody(many=True, read_only=True)

    class Meta:
        model = ConnectionTest
        fields = (
            "id",
            "account_id",
            "state",
            "planned",
            "passed",
            "missing",
            "findings",
            "problem",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields
