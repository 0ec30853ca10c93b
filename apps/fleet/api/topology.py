"""GET /api/client/{id}/topology: a tenant's clusters, their health, and what moves in them."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.accounts.models import Client
from atharva.live import position, streams

from ..selectors.figures import Figures
from ..selectors.lanes import LaneView
from ..selectors.topology import ClusterTopology, topology_of


class Usd(serializers.DecimalField):
    """An amount of USD, to a millionth."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=None, decimal_places=6, **options)


class HealthBody(serializers.Serializer[Any]):
    status = serializers.CharField(source="tone")
    text = serializers.CharField(source="label")


class TotalsBody(serializers.Serializer[Figures]):
    nodes = serializers.IntegerField()
    spot_nodes = serializers.IntegerField(source="spot")
    on_demand_nodes = serializers.IntegerField(source="on_demand")
    saved_hourly_usd = Usd()
    saved_pct = serializers.FloatField()
    health = HealthBody()


class StepBody(serializers.Serializer[Any]):
    key = serializers.CharField()
    state = serializers.ChoiceField(["todo", "now", "done", "back", "fail"])


class MoveBody(serializers.Serializer[LaneView]):
    """A switch that is under way, or ended within the last seconds (`finished`)."""

    id = serializers.UUIDField(source="switch_id")
    kind = serializers.CharField()
    instance = serializers.CharField(source="old.instance_id")  # type: ignore[assignment]  # a declared field
    new_instance = serializers.CharField(source="new.instance_id", default=None, allow_null=True)
    to = serializers.CharField(source="new_text")
    steps = StepBody(many=True)
    detail = serializers.CharField()
    saving_hourly_usd = Usd()
    deadline_at = serializers.DateTimeField(allow_null=True)
    finished = serializers.BooleanField()


class ClusterTopologyBody(serializers.Serializer[ClusterTopology]):
    id = serializers.UUIDField(source="row.id")
    name = serializers.CharField(source="row.name")
    region = serializers.CharField(source="row.region")
    mode = serializers.CharField(source="row.policy.mode", default=None, allow_null=True)
    nodes = serializers.IntegerField(source="row.figures.nodes")
    spot_nodes = serializers.IntegerField(source="row.figures.spot")
    on_demand_nodes = serializers.IntegerField(source="row.figures.on_demand")
    not_ready_nodes = serializers.IntegerField(source="row.figures.not_ready")
    interrupted_nodes = serializers.IntegerField(source="row.figures.interrupted")
    saved_hourly_usd = Usd(source="row.figures.saved_hourly_usd")
    health = HealthBody(source="row.figures.health")
    running_switches = MoveBody(source="lanes", many=True)


class TopologyBody(serializers.Serializer[Any]):
    """`seq` is the live stream's number before this was read: resume from it, and nothing is missed."""

    client_id = serializers.UUIDField()
    client_name = serializers.CharField()
    totals = TotalsBody()
    clusters = ClusterTopologyBody(many=True)
    generated_at = serializers.DateTimeField()
    seq = serializers.IntegerField(allow_null=True)


class ClientTopology(TenantView):
    @extend_schema(responses=TopologyBody)
    def get(self, request: Request, client_id: UUID) -> Response:
        """Clusters with node counts, health and running switches; those in which something moves first."""
        client = self.find(Client, client_id)
        seq = position(streams.of_client(client.pk))
        topology = topology_of(client, timezone.now())
        body = TopologyBody(
            {
                "client_id": client.pk,
                "client_name": client.name,
                "totals": topology.totals,
                "clusters": topology.clusters,
                "generated_at": topology.generated_at,
                "seq": seq,
            }
        )
        return Response(body.data)
