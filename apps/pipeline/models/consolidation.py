"""Fewer or smaller nodes for the same pods: the final state that was found, and the way to it."""

import uuid

from django.db import models

from apps.fleet.models import Cluster
from apps.fleet.statuses import Mode

from ..statuses import PlanState


class Consolidation(models.Model):
    """A final state with its saving, and the budget-safe waves towards it; planned anew after each wave."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="consolidations")
    state = models.CharField(max_length=12, choices=PlanState)
    mode = models.CharField(max_length=10, choices=Mode)
    created_at = models.DateTimeField()
    seconds = models.FloatField()
    nodes_before = models.PositiveIntegerField()
    nodes_after = models.PositiveIntegerField()
    before_hourly_usd = models.DecimalField(max_digits=14, decimal_places=6)
    after_hourly_usd = models.DecimalField(max_digits=14, decimal_places=6)
    bound_hourly_usd = models.DecimalField(max_digits=14, decimal_places=6)
    evictions = models.PositiveIntegerField(default=0)
    waves = models.JSONField(
        default=list, help_text="[{remove: [nodes], buy: [pools], evictions, saving_hourly_usd, waits_for}]"
    )
    stays = models.JSONField(default=list, help_text="{node, reason, sentence} a node that is kept")
    held_by = models.JSONField(default=list, help_text="Why it was not carried out, in sentences")
    problem = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["cluster", "-created_at"], name="consolidations_of_cluster")]

    def __str__(self) -> str:
        return f"consolidation of {self.cluster_id}"
