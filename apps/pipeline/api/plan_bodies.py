"""Plans as the API shows them, and what is asked with a dry run."""

from typing import Any

from rest_framework import serializers

from atharva.api.bodies import KnownFieldsOnly
from atharva.api.queries import Query

from ..models import PlacementPlan
from ..statuses import PlanPurpose, PlanState

COMMON = (
    "id",
    "cluster_id",
    "purpose",
    "state",
    "mode",
    "created_at",
    "finished_at",
    "pods",
    "placed_on_nodes",
    "price_hourly_usd",
    "cost_hourly_usd",
    "bound_hourly_usd",
    "gap",
    "first_cost_hourly_usd",
    "first_seconds",
    "seconds",
    "method",
    "held_by",
)


class PlanFilters(Query):
    purpose = serializers.MultipleChoiceField(choices=PlanPurpose.choices, required=False)
    state = serializers.MultipleChoiceField(choices=PlanState.choices, required=False)


class PlanListBody(serializers.ModelSerializer[PlacementPlan]):
    """A plan in numbers. No plan that places as much costs less than `bound_hourly_usd`, risk counted in."""

    cluster_id = serializers.UUIDField(read_only=True)
    new_nodes = serializers.IntegerField(source="nodes")
    unplaced = serializers.IntegerField(source="left_over")
    held_by = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = PlacementPlan
        fields = (*COMMON, "new_nodes", "unplaced")


class NewNodeBody(serializers.Serializer[Any]):
    """A node to buy. Amounts are in the order of the plan's `resources`."""

    pool = serializers.IntegerField()
    type = serializers.CharField()
    zone = serializers.CharField()
    lifecycle = serializers.CharField()
    price = serializers.FloatField(help_text="USD an hour")
    cost = serializers.FloatField(help_text="The same with its risk counted in")
    capacity = serializers.ListField(child=serializers.IntegerField())
    used = serializers.ListField(child=serializers.IntegerField())
    pods = serializers.ListField(child=serializers.CharField())


class UnplacedBody(serializers.Serializer[Any]):
    pod = serializers.CharField()
    because = serializers.CharField()
    detail = serializers.CharField()


class PlanBody(serializers.ModelSerializer[PlacementPlan]):
    """A plan in full: which pods go where, which go nowhere and why, and the certificate of its bound."""

    cluster_id = serializers.UUIDField(read_only=True)
    held_by = serializers.ListField(child=serializers.CharField())
    faults = serializers.ListField(child=serializers.CharField())
    new_nodes = NewNodeBody(many=True)
    unplaced = UnplacedBody(many=True)
    on_nodes = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    certificate = serializers.JSONField(allow_null=True)

    class Meta:
        model = PlacementPlan
        fields = (
            *COMMON,
            "faults",
            "resources",
            "new_nodes",
            "on_nodes",
            "unplaced",
            "certificate",
            "unschedulable_at",
            "seen_at",
        )


class DryRunBody(KnownFieldsOnly):
    whole = serializers.BooleanField(
        default=False, help_text="All pods, as if the cluster were bought anew, instead of those that wait"
    )


class NodeAskedBody(KnownFieldsOnly):
    node = serializers.CharField(max_length=253)


class DestinationBody(serializers.Serializer[Any]):
    title = serializers.CharField()
    pods = serializers.ListField(child=serializers.CharField())
    price_hourly_usd = serializers.DecimalField(
        max_digits=None, decimal_places=6, allow_null=True, help_text="Of a node to buy; else null"
    )


class WhatIfBody(serializers.Serializer[Any]):
    """Where a node's pods would go if it went; `blocked` would not leave, `waiting` not at once."""

    node = serializers.CharField()
    sentence = serializers.CharField()
    pods = serializers.IntegerField()
    destinations = DestinationBody(many=True)
    blocked = serializers.ListField(child=serializers.CharField())
    waiting = serializers.ListField(child=serializers.CharField())
    unplaced = UnplacedBody(many=True)
    bill_now_hourly_usd = serializers.DecimalField(source="bill_now", max_digits=None, decimal_places=6)
    bill_then_hourly_usd = serializers.DecimalField(source="bill_then", max_digits=None, decimal_places=6)
    plan_id = serializers.UUIDField(source="plan.pk")
