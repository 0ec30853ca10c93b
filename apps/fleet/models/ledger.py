from django.db import models

from apps.accounts.models import Client

from ..statuses import Lifecycle
from .access import Cluster


class CostEntry(models.Model):
    """What one instance cost in one hour (or, imported, one day), and what it would have cost on-demand.

    `baseline_usd` is zero while a replacement overlaps the node that it replaces: the overlap is a cost that
    only exists because of us.
    """

    class Source(models.TextChoices):
        METERED = "metered", "Metered"
        IMPORTED = "imported", "Cost and Usage Report"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="costs")
    cluster = models.ForeignKey(Cluster, null=True, on_delete=models.SET_NULL, related_name="costs")
    instance = models.CharField(max_length=24, help_text="EC2 id")
    instance_type = models.CharField(max_length=40)
    zone = models.CharField(max_length=30)
    lifecycle = models.CharField(max_length=10, choices=Lifecycle)
    source = models.CharField(max_length=10, choices=Source, default=Source.METERED)
    starts_at = models.DateTimeField(help_text="Beginning of the hour or day")
    seconds = models.PositiveIntegerField()
    baseline_usd = models.DecimalField(max_digits=16, decimal_places=8)
    paid_usd = models.DecimalField(max_digits=16, decimal_places=8)

    class Meta:
        verbose_name_plural = "cost entries"
        constraints = [
            models.UniqueConstraint(fields=["instance", "starts_at", "source"], name="one_entry_an_hour")
        ]
        indexes = [
            # savings of a tenant over a range of days
            models.Index(fields=["client", "starts_at"], name="costs_of_client"),
            # overview: the platform's savings of the month and of the last day
            models.Index(fields=["starts_at"], name="costs_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.instance} {self.starts_at:%Y-%m-%d %H}h"
