"""GET /api/client/clusters/{id}/consolidation: how few nodes would do, and the way there."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.fleet.models import Cluster
from atharva.api.problems import Missing

from ..models import Consolidation


class WaveBody(serializers.Serializer[Any]):
    """Nodes that leave together; `buy` are the pools that replacements are bought from."""

    remove = serializers.ListField(child=serializers.CharField())
    buy = serializers.ListField(child=serializers.CharField())
    evictions = serializers.IntegerField()
    rounds = serializers.IntegerField()
    saving_hourly_usd = serializers.DecimalField(max_digits=14, decimal_places=6)
    waits_for = serializers.CharField()


class KeptBody(serializers.Serializer[Any]):
    node = serializers.CharField()
    reason = serializers.CharField()
    sentence = serializers.CharField()


class ConsolidationBody(serializers.ModelSerializer[Consolidation]):
    """`bound_hourly_usd`: no final state costs less. `held_by`: why it was not carried out."""

    state_label = serializers.CharField(source="get_state_display")
    waves = WaveBody(many=True)
    stays = KeptBody(many=True)
    held_by = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Consolidation
        fields = (
            "id",
            "state",
            "state_label",
            "mode",
            "created_at",
            "seconds",
            "nodes_before",
            "nodes_after",
            "before_hourly_usd",
            "after_hourly_usd",
            "bound_hourly_usd",
            "evictions",
            "waves",
            "stays",
            "held_by",
            "problem",
        )


class LatestConsolidation(TenantView):
    """The newest look at a cluster."""

    @extend_schema(responses={200: ConsolidationBody})
    def get(self, request: Request, cluster_id: UUID) -> Response:
        cluster = self.find(Cluster, cluster_id)
        newest = self.visible(Consolidation).filter(cluster=cluster).order_by("-created_at").first()
        if newest is None:
            raise Missing(what="consolidation", id=str(cluster_id))
        return Response(ConsolidationBody(newest).data)
