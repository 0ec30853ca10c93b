"""Pods that wait for a node: the durable queue to the solver, and the plans that came of it."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.fleet.models import Cluster
from apps.fleet.statuses import Mode

from ..statuses import PlanPurpose, PlanState, RequestState


class PlacementRequest(models.Model):
    """A batch of pods to be planned: acknowledged only once its plan is stored, so that no pod is lost.

    Two requests for the same pod are harmless: a plan counts the launches under way as nodes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="placement_requests")
    purpose = models.CharField(max_length=15, choices=PlanPurpose, default=PlanPurpose.PENDING)
    pods = models.PositiveIntegerField()
    problem = models.BinaryField(help_text="The packing problem, MessagePack, compressed")
    context = models.JSONField(default=dict, help_text="What carrying the plan out needs beside the problem")
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    unschedulable_at = models.DateTimeField(
        null=True, blank=True, help_text="When the scheduler first refused the oldest of its pods"
    )
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the watcher saw that")
    created_at = models.DateTimeField()
    claimed_until = models.DateTimeField(
        null=True, blank=True, help_text="A solver works on it until then; after that another may"
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    problem_text = models.CharField(max_length=400, blank=True, help_text="Why it could not be planned")

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # the solver's sweep: what waits, or whose worker died
            models.Index(fields=["created_at"], condition=Q(finished_at=None), name="requests_waiting"),
            # a cluster's open requests: the watcher does not ask twice
            models.Index(fields=["cluster", "-created_at"], name="requests_of_cluster"),
        ]

    def __str__(self) -> str:
        return f"{self.pods} pods of {self.cluster_id}"

    def is_claimed(self, now: datetime) -> bool:
        """Whether a solver holds it at that moment."""
        return self.claimed_until is not None and self.claimed_until > now


class PlacementPlan(models.Model):
    """A packing with its cost, its proven bound and its reasons: stored before anything is bought."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="plans")
    request = models.OneToOneField(
        PlacementRequest, null=True, blank=True, on_delete=models.SET_NULL, related_name="plan"
    )
    purpose = models.CharField(max_length=15, choices=PlanPurpose)
    state = models.CharField(max_length=12, choices=PlanState)
    mode = models.CharField(max_length=10, choices=Mode, help_text="Of the policy at that moment")
    created_at = models.DateTimeField()
    pods = models.PositiveIntegerField()
    placed_on_nodes = models.PositiveIntegerField(default=0, help_text="Pods that fit on nodes there")
    price_hourly_usd = models.DecimalField(max_digits=14, decimal_places=6, help_text="Of the new nodes")
    cost_hourly_usd = models.DecimalField(max_digits=14, decimal_places=6, help_text="Risk-adjusted")
    bound_hourly_usd = models.DecimalField(
        max_digits=14, decimal_places=6, help_text="No plan that places as much has a lower cost"
    )
    gap = models.FloatField(help_text="Proven: (cost - bound) / cost")
    first_cost_hourly_usd = models.DecimalField(max_digits=14, decimal_places=6)
    first_seconds = models.FloatField()
    seconds = models.FloatField()
    method = models.CharField(max_length=20)
    new_nodes = models.JSONField(
        default=list,
        help_text="{pool, type, zone, lifecycle, price, cost, capacity, used, pods: [ids]} a node to buy",
    )
    on_nodes = models.JSONField(default=dict, help_text="Node that is there -> pods")
    unplaced = models.JSONField(default=list, help_text="{pod, because, detail} a pod without a place")
    resources = ArrayField(models.CharField(max_length=60), default=list, help_text="Order of all amounts")
    certificate = models.JSONField(null=True, blank=True, help_text="Lets anyone check the bound again")
    faults = models.JSONField(default=list, help_text="What the independent check found; empty when sound")
    held_by = models.JSONField(default=list, help_text="Why it was not carried out, in sentences")
    unschedulable_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When its last launch had ended")

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # a cluster's plans, newest first
            models.Index(fields=["cluster", "-created_at"], name="plans_of_cluster"),
            # retention, and the platform's latest plans
            models.Index(fields=["-created_at"], name="plans_by_time"),
        ]

    def __str__(self) -> str:
        return f"plan of {self.pods} pods for {self.cluster_id}"
