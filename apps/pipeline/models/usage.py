"""What workloads really use, and what they should ask for."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.fleet.models import Cluster

HOURS_A_MONTH = 730


class WorkloadUsage(models.Model):
    """Observed usage of one container of a workload, as histograms that fade: bounded for ever."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="usage")
    namespace = models.CharField(max_length=63)
    kind = models.CharField(max_length=40, help_text="Deployment, StatefulSet, DaemonSet, …")
    name = models.CharField(max_length=253)
    container = models.CharField(max_length=63)
    replicas = models.PositiveIntegerField(default=0)
    requests_cpu_milli = models.PositiveIntegerField(default=0, help_text="Of one replica")
    requests_memory_mib = models.PositiveIntegerField(default=0)
    cpu = ArrayField(models.FloatField(), default=list, help_text="Weight of each bucket of CPU use")
    memory = ArrayField(models.FloatField(), default=list, help_text="Weight of each bucket of memory peaks")
    samples = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    hourly_usd = models.DecimalField(
        max_digits=14, decimal_places=6, default=0, help_text="What its requests cost, all replicas"
    )
    saving_hourly_usd = models.DecimalField(
        max_digits=14, decimal_places=6, default=0, help_text="What the advice saves; negative: it costs"
    )
    advice = models.JSONField(default=dict, help_text="{cpu_milli, memory_mib, sentence}; empty: none")

    class Meta:
        verbose_name_plural = "workload usage"
        ordering = ["namespace", "name", "container"]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "namespace", "kind", "name", "container"], name="one_usage_a_container"
            )
        ]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name} {self.container}"

    @property
    def monthly_usd(self) -> Decimal:
        """What its requests cost in a month of 730 hours."""
        return self.hourly_usd * HOURS_A_MONTH

    @property
    def saving_monthly_usd(self) -> Decimal:
        """What the advice would save in as long."""
        return self.saving_hourly_usd * HOURS_A_MONTH
