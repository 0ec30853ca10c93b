"""What the loops leave behind: how each source of the market stands, and what each decision was."""

import uuid
from datetime import datetime, timedelta

from django.db import models

from apps.fleet.models import Cluster
from apps.fleet.statuses import Mode


class Source(models.TextChoices):
    """Where market data comes from."""

    OFFERINGS = "offerings", "Instance types and offerings"
    SPOT_PRICES = "spot_prices", "Spot prices"
    ON_DEMAND_PRICES = "on_demand_prices", "On-demand prices"
    SPOT_ADVISOR = "spot_advisor", "Spot Advisor"


class Scrape(models.Model):
    """How one source stands in one region: the last attempt, the last success, and what it brought."""

    source = models.CharField(max_length=20, choices=Source)
    region = models.CharField(max_length=30)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it runs")
    succeeded_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When it last brought something new")
    rows = models.PositiveIntegerField(default=0, help_text="Rows that the last success brought")
    problem = models.CharField(
        max_length=400, blank=True, help_text="Why the last attempt failed, in one sentence; empty when well"
    )
    etag = models.CharField(max_length=200, blank=True, help_text="Of a source that is fetched over HTTP")

    class Meta:
        ordering = ["region", "source"]
        constraints = [models.UniqueConstraint(fields=["source", "region"], name="one_scrape_a_source")]

    def __str__(self) -> str:
        return f"{self.source} {self.region}"

    def age(self, now: datetime) -> timedelta | None:
        """Since the last success; None where there never was one."""
        return now - self.succeeded_at if self.succeeded_at else None


class Trigger(models.TextChoices):
    """Why a cluster was decided at that moment."""

    SIGNAL = "signal", "Something happened to the cluster"
    MARKET = "market", "The market changed"
    SCHEDULE = "schedule", "On schedule"
    INTERRUPTION = "interruption", "Interruption"
    PERSON = "person", "A person asked"


class PipelineRun(models.Model):
    """One decision on one cluster: the funnel's counts, why pools fell out, and what becomes of each node."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="runs")
    trigger = models.CharField(max_length=15, choices=Trigger)
    mode = models.CharField(max_length=10, choices=Mode, help_text="Of the policy at that moment")
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    scanned = models.PositiveIntegerField(help_text="Spot pools of the region")
    static_filters = models.PositiveIntegerField(help_text="Left after the static filters")
    ml_prediction = models.PositiveIntegerField(help_text="Left after the risk ceiling")
    final_selection = models.PositiveIntegerField(help_text="Chosen as a candidate of some node")
    rejections = models.JSONField(default=dict, help_text="Stage -> reason -> pools")
    decisions = models.JSONField(default=list, help_text="One entry a node, with its sentences")
    moves = models.PositiveIntegerField(default=0, help_text="Nodes that should move")
    held_by = models.JSONField(default=list, help_text="Why moves were recorded and not begun")
    problem = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            # the funnel: a cluster's latest run
            models.Index(fields=["cluster", "-started_at"], name="runs_of_cluster"),
            # retention, and the platform's latest runs
            models.Index(fields=["-started_at"], name="runs_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.cluster_id} {self.started_at:%Y-%m-%d %H:%M:%S}"
