"""GET /api/admin/system/overview: the platform's figures, its ten components and its load."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.permissions import IsAdmin
from apps.fleet.api.overview import MetricsBody, metrics_now

from ..health.load import system_load
from ..health.standing import counts, standings
from ..statuses import ComponentKey, ComponentStatus


class ComponentBody(serializers.Serializer[Any]):
    """`latency_ms` was measured by the last check; null where there was no answer, or nothing to measure."""

    id = serializers.CharField(source="key", help_text=", ".join(ComponentKey.values))
    name = serializers.CharField()
    status = serializers.CharField(help_text=", ".join(ComponentStatus.values))
    detail = serializers.CharField()
    uptime_seconds = serializers.FloatField()
    latency_ms = serializers.FloatField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    worked_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)
    in_flight = serializers.FloatField(allow_null=True)
    capacity = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(allow_blank=True)
    logs_limit = serializers.IntegerField()


class StatusCountsBody(serializers.Serializer[Any]):
    healthy = serializers.IntegerField()
    degraded = serializers.IntegerField()
    critical = serializers.IntegerField()


class LoadBody(serializers.Serializer[Any]):
    """Work in flight, on average of the last half minute, over measured capacity; `pct` null without any."""

    pct = serializers.FloatField(allow_null=True)
    current = serializers.FloatField()
    capacity = serializers.IntegerField()
    unit = serializers.CharField()


class OverviewBody(serializers.Serializer[Any]):
    metrics = MetricsBody()
    components = ComponentBody(many=True)
    status_counts = StatusCountsBody()
    system_load = LoadBody()
    generated_at = serializers.DateTimeField()


class SystemOverview(APIView):
    permission_classes = (IsAdmin,)

    @extend_schema(responses=OverviewBody)
    def get(self, request: Request) -> Response:
        """Active instances, risk, savings and optimizations; components, their counts and the load."""
        now = timezone.now()
        shown = standings(now)
        body = OverviewBody(
            {
                "metrics": metrics_now(now),
                "components": shown,
                "status_counts": {str(status): count for status, count in counts(shown).items()},
                "system_load": system_load(now),
                "generated_at": now,
            }
        )
        return Response(body.data)
