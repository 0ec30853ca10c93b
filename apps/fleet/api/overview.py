"""GET /api/admin/system/overview: the four figures of the platform."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.permissions import IsAdmin

from ..models import Cluster
from ..selectors.figures import clusters_with_figures, total
from ..selectors.overview import overview


class CountBody(serializers.Serializer[Any]):
    value = serializers.IntegerField()
    trend_pct = serializers.FloatField(source="trend.pct", allow_null=True)


class RiskBody(CountBody):
    by_type = serializers.DictField(child=serializers.IntegerField())


class SavingsBody(serializers.Serializer[Any]):
    hourly_usd = serializers.DecimalField(max_digits=None, decimal_places=4)
    monthly_usd = serializers.DecimalField(max_digits=None, decimal_places=2)
    pct = serializers.FloatField()
    trend_pct = serializers.FloatField(source="trend.pct", allow_null=True)


class OptimizationsBody(CountBody):
    last_24h = serializers.IntegerField()


class MetricsBody(serializers.Serializer[Any]):
    active_instances = CountBody()
    risk_detected = RiskBody()
    cost_savings = SavingsBody()
    optimizations = OptimizationsBody()


class OverviewBody(serializers.Serializer[Any]):
    """Trends compare with a day before, in percent; null where there was nothing to compare with."""

    metrics = MetricsBody()
    generated_at = serializers.DateTimeField()


class SystemOverview(APIView):
    permission_classes = (IsAdmin,)

    @extend_schema(responses=OverviewBody)
    def get(self, request: Request) -> Response:
        """Active instances, risk, savings and optimizations, platform-wide."""
        now = timezone.now()
        fleet = total(cluster.figures for cluster in clusters_with_figures(Cluster.objects.in_use(), now))
        body = OverviewBody({"metrics": overview(fleet, now), "generated_at": now})
        return Response(body.data)
