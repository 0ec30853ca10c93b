"""The shapes of the fleet's calls."""

from rest_framework import serializers

from atharva.api.bodies import KnownFieldsOnly

from ..models import Cluster, Notification, Policy, Switch

PAUSE = ("paused_at", "paused_until", "paused_reason")
KNOWN_ARCHITECTURES = ("amd64", "arm64")
SHARE = {"min_value": 0, "max_value": 100}


class PolicyBody(KnownFieldsOnly, serializers.ModelSerializer[Policy]):
    """A cluster's policy. A change may name some of the fields; it holds from the next decision on."""

    weight_cost = serializers.DecimalField(max_digits=4, decimal_places=3, min_value=0, max_value=1)
    weight_stability = serializers.DecimalField(max_digits=4, decimal_places=3, min_value=0, max_value=1)
    weight_performance = serializers.DecimalField(max_digits=4, decimal_places=3, min_value=0, max_value=1)
    weight_capacity = serializers.DecimalField(max_digits=4, decimal_places=3, min_value=0, max_value=1)
    architectures = serializers.ListField(child=serializers.ChoiceField(choices=KNOWN_ARCHITECTURES))

    class Meta:
        model = Policy
        exclude = ("cluster",)
        read_only_fields = PAUSE
        extra_kwargs = {
            "risk_ceiling": {"min_value": 0, "max_value": 1},
            "max_pool_share_pct": {"min_value": 1, "max_value": 100},
            "max_moving_pct": {"min_value": 0, "max_value": 100},
            "min_saving_pct": {"min_value": 0, "max_value": 100},
            "min_saving_hourly_usd": {"min_value": 0},
            "price_samples": {"min_value": 1},
            "on_demand_floor_pct": SHARE,
            "storm_interruptions_pct": {"min_value": 1, "max_value": 100},
            "storm_on_demand_pct": SHARE,
            "max_price_hourly_usd": {"min_value": 0},
            "headroom_pct": SHARE,
            "solve_event_seconds": {"min_value": 0.1, "max_value": 30},
            "solve_batch_seconds": {"min_value": 0.1, "max_value": 120},
            "solve_consolidation_seconds": {"min_value": 0.1, "max_value": 600},
            "drain_limit_seconds": {"min_value": 1},
            "join_limit_seconds": {"min_value": 1},
            "verify_limit_seconds": {"min_value": 1},
        }


class ClusterBody(serializers.ModelSerializer[Cluster]):
    client_id = serializers.UUIDField(read_only=True)
    account_id = serializers.UUIDField(read_only=True)
    account = serializers.CharField(source="account.name", read_only=True)
    mode = serializers.CharField(source="policy.mode", default=None, allow_null=True, read_only=True)
    nodes = serializers.IntegerField(read_only=True)
    spot_nodes = serializers.IntegerField(read_only=True)
    on_demand_nodes = serializers.IntegerField(read_only=True)
    running_switches = serializers.IntegerField(read_only=True)

    class Meta:
        model = Cluster
        fields = (
            "id",
            "name",
            "region",
            "client_id",
            "account_id",
            "account",
            "mode",
            "nodes",
            "spot_nodes",
            "on_demand_nodes",
            "running_switches",
            "watched_at",
            "decided_at",
            "problem",
            "created_at",
        )


class SwitchBody(serializers.ModelSerializer[Switch]):
    """A switch. `from` and `to` are pools, as type, zone and lifecycle."""

    cluster_id = serializers.UUIDField(read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    # The metaclass takes fields out of the class: this one does not hide the serializer's own attribute.
    instance = serializers.CharField(source="old_instance.ec2_id", read_only=True)  # type: ignore[assignment]  # a field
    new_instance = serializers.CharField(
        source="new_instance.ec2_id", default=None, allow_null=True, read_only=True
    )
    from_pool = serializers.CharField(read_only=True)
    to_pool = serializers.CharField(allow_null=True, read_only=True)

    class Meta:
        model = Switch
        fields = (
            "id",
            "cluster_id",
            "kind",
            "state",
            "state_label",
            "instance",
            "new_instance",
            "from_pool",
            "to_pool",
            "reason",
            "detail",
            "blocked_by",
            "error",
            "saving_promised_hourly_usd",
            "saving_hourly_usd",
            "deadline_at",
            "created_at",
            "entered_at",
            "finished_at",
        )


class NotificationBody(serializers.ModelSerializer[Notification]):
    client_id = serializers.UUIDField(read_only=True)
    cluster_id = serializers.UUIDField(allow_null=True, read_only=True)
    # As in SwitchBody: no attribute is hidden.
    instance = serializers.CharField(  # type: ignore[assignment]  # a declared field, not the row
        source="instance.ec2_id", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = Notification
        fields = ("id", "client_id", "cluster_id", "instance", "kind", "text", "created_at", "read_at")
