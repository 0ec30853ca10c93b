"""The four figures of the platform, as the overview answers them beside the components."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from ..models import Cluster
from ..selectors.figures import clusters_with_figures, total
from ..selectors.overview import Overview, overview


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
    """Trends compare with a day before, in percent; null where there was nothing to compare with."""

    active_instances = CountBody()
    risk_detected = RiskBody()
    cost_savings = SavingsBody()
    optimizations = OptimizationsBody()


def metrics_now(now: datetime) -> Overview:
    """Active instances, risk, savings and optimizations, platform-wide."""
    fleet = total(cluster.figures for cluster in clusters_with_figures(Cluster.objects.in_use(), now))
    return overview(fleet, now)
