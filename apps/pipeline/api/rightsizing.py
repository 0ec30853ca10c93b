"""GET /api/client/clusters/{id}/rightsizing: what workloads should ask for."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.fleet.models import Cluster
from atharva.api.ordering import Ordering
from atharva.api.queries import Query

from ..models import WorkloadUsage
from ..rightsizing.selectors import usage_of


class AdviceBody(serializers.Serializer[Any]):
    cpu_milli = serializers.IntegerField()
    memory_mib = serializers.IntegerField()
    sentence = serializers.CharField()


class UsageBody(serializers.ModelSerializer[WorkloadUsage]):
    """Amounts are of one replica, money of all. `advice` is null where nothing is to be changed."""

    advice = serializers.SerializerMethodField()
    saving_hourly_usd = serializers.DecimalField(max_digits=None, decimal_places=6)

    class Meta:
        model = WorkloadUsage
        fields = (
            "namespace",
            "kind",
            "name",
            "container",
            "replicas",
            "requests_cpu_milli",
            "requests_memory_mib",
            "samples",
            "first_at",
            "last_at",
            "hourly_usd",
            "saving_hourly_usd",
            "advice",
        )

    @extend_schema_field(AdviceBody(allow_null=True))
    def get_advice(self, row: WorkloadUsage) -> dict[str, Any] | None:
        return row.advice or None


class RightsizingAsked(Query):
    advised = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only those with advice, or without"
    )


class Rightsizing(TenantView, ListAPIView[WorkloadUsage]):
    """Each container of a cluster's workloads with what it asks for and should, the largest saving first."""

    serializer_class = UsageBody
    queryset = WorkloadUsage.objects.none()
    filter_backends = (Ordering,)
    ordering_fields = ("saving_hourly_usd", "hourly_usd", "name", "namespace")
    ordering = ("-saving_hourly_usd", "id")

    @extend_schema(parameters=[RightsizingAsked])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[WorkloadUsage]:
        cluster = self.find(Cluster, self.kwargs["cluster_id"])
        asked = RightsizingAsked.asked(self.request.query_params)
        return usage_of(self.visible(WorkloadUsage).filter(cluster=cluster), advised=asked["advised"])
