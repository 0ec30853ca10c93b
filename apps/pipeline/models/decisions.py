"""What each decision on a cluster was."""

import uuid

from django.db import models

from apps.fleet.models import Cluster
from apps.fleet.statuses import Mode


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


class DecisionSnapshot(models.Model):
    """What a decision of one hour had read, so that it can be made again by another policy."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="snapshots")
    hour = models.DateTimeField(help_text="Beginning of the hour")
    taken_at = models.DateTimeField()
    scene = models.BinaryField(help_text="Pools, nodes, pace and prices, MessagePack, compressed")

    class Meta:
        ordering = ["-hour"]
        constraints = [
            # also the way to a cluster's last day
            models.UniqueConstraint(fields=["cluster", "hour"], name="one_snapshot_an_hour")
        ]

    def __str__(self) -> str:
        return f"{self.cluster_id} {self.hour:%Y-%m-%d %H}h"
