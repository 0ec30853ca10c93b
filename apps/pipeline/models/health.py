"""How each part of the platform stands, and what it said last."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from ..statuses import ComponentKey, ComponentStatus


class Component(models.Model):
    """One of the ten parts. Its state changes only with an event; uptime counts from the last recovery."""

    key = models.CharField(primary_key=True, max_length=20, choices=ComponentKey)
    status = models.CharField(max_length=10, choices=ComponentStatus, default=ComponentStatus.CRITICAL)
    detail = models.CharField(max_length=400, blank=True, help_text="What the last check found")
    changed_at = models.DateTimeField(help_text="When the present state began")
    recovered_at = models.DateTimeField(null=True, blank=True, help_text="Since when it answers")
    checked_at = models.DateTimeField()
    latency_ms = models.FloatField(null=True, blank=True, help_text="Measured; empty: no answer")
    latencies = models.JSONField(default=list, help_text="The last measurements, oldest first")
    worked_at = models.DateTimeField(null=True, blank=True, help_text="When it last did its work")
    next_at = models.DateTimeField(null=True, blank=True, help_text="When it works next")
    in_flight = models.FloatField(null=True, blank=True)
    capacity = models.FloatField(null=True, blank=True, help_text="Measured, in the same unit")
    unit = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    def uptime(self, now: datetime) -> timedelta:
        """Since the last recovery; nothing while it does not answer."""
        return now - self.recovered_at if self.recovered_at else timedelta()


class ComponentEvent(models.Model):
    """One line of a component's log: a piece of its work, or a change of its state."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    level = models.CharField(max_length=10, default="info")
    text = models.CharField(max_length=400)
    status = models.CharField(
        max_length=10, choices=ComponentStatus, blank=True, help_text="The state entered; empty: activity"
    )
    previous = models.CharField(max_length=10, choices=ComponentStatus, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # the card's last lines
            models.Index(fields=["component", "-at"], name="events_of_component"),
            # the changes of state, for the feed
            models.Index(fields=["-at"], condition=~Q(status=""), name="component_changes"),
        ]

    def __str__(self) -> str:
        return self.text


class Heartbeat(models.Model):
    """The last sign of life of one process, and what it was busy with."""

    process = models.CharField(primary_key=True, max_length=120, help_text="kind@host:pid")
    kind = models.CharField(max_length=30, help_text="watcher, interruptions, worker_solver, …")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    busy = models.FloatField(null=True, blank=True, help_text="Of its slots, on average of late")
    slots = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How much it does at a time")

    class Meta:
        ordering = ["kind", "process"]
        indexes = [models.Index(fields=["kind", "-beat_at"], name="heartbeats_of_kind")]

    def __str__(self) -> str:
        return self.process
