import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ..statuses import LaunchState
from .access import Cluster
from .market import Pool
from .nodes import Instance


@dataclass(frozen=True, slots=True)
class Enter:
    """The step is done; the launch enters `state`."""

    state: LaunchState
    detail: str
    learned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stay:
    """The step waits; look again after `after`."""

    after: timedelta
    detail: str
    learned: Mapping[str, Any] = field(default_factory=dict)


LaunchOutcome = Enter | Stay


class Launches(models.QuerySet["Launch"]):
    def open(self) -> Self:
        """Those under way: later plans count them as nodes."""
        return self.filter(finished_at=None)


class Launch(models.Model):
    """A node that is bought for pods that wait, advanced by idempotent steps as a switch is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="launches")
    plan_id = models.UUIDField(null=True, blank=True, help_text="The plan that asked for it")
    state = models.CharField(max_length=10, choices=LaunchState, default=LaunchState.PLANNED)
    revision = models.PositiveIntegerField(default=0)
    look_again_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, help_text="Why, in a sentence with its numbers")
    detail = models.CharField(max_length=400, blank=True)
    error = models.CharField(max_length=400, blank=True)
    candidates = ArrayField(models.BigIntegerField(), help_text="Pools in the order in which they are tried")
    asked = ArrayField(
        models.BigIntegerField(),
        default=list,
        help_text="Pools of the request under way, stored first, so that a retry asks for the same",
    )
    attempt = models.PositiveSmallIntegerField(default=0, help_text="Part of the client token")
    pool = models.ForeignKey(Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    instance = models.OneToOneField(
        Instance, null=True, blank=True, on_delete=models.PROTECT, related_name="launch"
    )
    pods = models.JSONField(default=list, help_text="{namespace, name, uid} of each pod it is bought for")
    binds = models.BooleanField(default=False, help_text="Whether the pods are bound once it is Ready")
    bound = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    entered_at = models.DateTimeField(help_text="When the present state began")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = Launches.as_manager()

    class Meta:
        verbose_name_plural = "launches"
        ordering = ["-created_at"]
        indexes = [
            # sweep: open launches that are due
            models.Index(fields=["look_again_at"], condition=Q(finished_at=None), name="launches_due"),
            # planning: a cluster's launches under way
            models.Index(fields=["cluster"], condition=Q(finished_at=None), name="launches_open"),
            # a plan's launches
            models.Index(fields=["plan_id"], name="launches_of_plan"),
            # topology: what was bought of late
            models.Index(fields=["cluster", "-created_at"], name="launches_of_cluster"),
            # event feed: the newest of the platform
            models.Index(fields=["-created_at"], name="launches_by_time"),
        ]

    def __str__(self) -> str:
        return f"launch {self.id} {self.state}"

    def record(self, outcome: LaunchOutcome, *, now: datetime) -> bool:
        """Store what a step said; False where another worker was faster.

        Whoever enters a state takes its step at once, so when to look again stays as it was claimed.
        """
        changes: dict[str, Any] = {
            **outcome.learned,
            "detail": outcome.detail[:400],
            "revision": self.revision + 1,
        }
        match outcome:
            case Enter(state=state):
                changes |= {"state": state, "entered_at": now}
                if state.is_final:
                    changes |= {"finished_at": now, "look_again_at": None}
            case Stay(after=after):
                changes["look_again_at"] = now + after
        won = Launch.objects.filter(pk=self.pk, revision=self.revision, finished_at=None).update(**changes)
        if won:
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(won)
