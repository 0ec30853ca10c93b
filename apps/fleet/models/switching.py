import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now

from ..errors import IllegalTransition
from ..statuses import DisruptionKind, SwitchState
from .access import Cluster
from .market import Pool
from .nodes import Instance


@dataclass(frozen=True, slots=True)
class Go:
    """The step is done; the switch enters `state`."""

    state: SwitchState
    detail: str
    learned: Mapping[str, Any] = field(default_factory=dict)  # columns found out on the way


@dataclass(frozen=True, slots=True)
class LookAgain:
    """The step waits; look again after `after`."""

    after: timedelta
    detail: str
    learned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do; the switch ends in the state it is in."""

    detail: str
    learned: Mapping[str, Any] = field(default_factory=dict)


Outcome = Go | LookAgain | Done


class Switch(models.Model):
    """One node leaving one pool for another.

    Advanced by idempotent steps (services/switching). `revision` makes every record a compare-and-set, so
    two workers on one switch cannot both write.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="switches")
    kind = models.CharField(max_length=15, choices=DisruptionKind)
    state = models.CharField(max_length=15, choices=SwitchState, default=SwitchState.SUGGESTED)
    revision = models.PositiveIntegerField(default=0)
    look_again_at = models.DateTimeField(null=True, blank=True)
    detail = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=400, help_text="Why, in a sentence with its numbers")

    old_instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="departures")
    new_instance = models.ForeignKey(
        Instance, null=True, blank=True, on_delete=models.PROTECT, related_name="arrivals"
    )
    from_pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    to_pool = models.ForeignKey(Pool, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    candidates = ArrayField(models.BigIntegerField(), help_text="Pools in the order in which they are tried")
    asked = ArrayField(
        models.BigIntegerField(),
        default=list,
        help_text="Pools of the launch under way, stored first, so that a retry asks for the same",
    )
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="Launches tried; part of the client token"
    )
    saving_promised_hourly_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    saving_hourly_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True, help_text="AWS's, on an interruption")
    drain = models.JSONField(default=dict, blank=True, help_text="Where each pod's eviction stands")
    owners = models.JSONField(default=list, blank=True, help_text="Whose replicas to verify")
    blocked_by = models.CharField(max_length=300, blank=True, help_text="The pod and budget in the way")
    error = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    entered_at = models.DateTimeField(help_text="When the present state began")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "switches"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["old_instance"], condition=Q(finished_at=None), name="one_open_switch_per_instance"
            ),
            models.UniqueConstraint(
                fields=["new_instance"], condition=Q(finished_at=None), name="one_open_switch_per_arrival"
            ),
            models.CheckConstraint(
                condition=~Q(old_instance=models.F("new_instance")), name="a_switch_leaves_its_instance"
            ),
        ]
        indexes = [
            # sweep: open switches that are due, the longest waiting first
            models.Index(fields=["look_again_at"], condition=Q(finished_at=None), name="switches_due"),
            # topology: what finished of late in a cluster
            models.Index(fields=["cluster", "-finished_at"], name="switches_finished"),
            # overview: completed switches, of the last two days and in all
            models.Index(fields=["-finished_at"], condition=Q(state="complete"), name="switches_completed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.old_instance_id} {self.state}"

    @property
    def status(self) -> SwitchState:
        return SwitchState(self.state)

    @property
    def is_removal(self) -> bool:
        """Whether the node goes without a replacement, because its pods fit on others."""
        return self.kind == DisruptionKind.CONSOLIDATION and not self.candidates

    def record(self, outcome: Outcome, *, now: datetime) -> bool:
        """Store what a step said; False where another worker was faster.

        Raises IllegalTransition where the table of moves has no such move.
        """
        changes: dict[str, Any] = {
            **outcome.learned,
            "detail": outcome.detail[:400],
            "revision": self.revision + 1,
        }
        match outcome:
            case Go(state=state):
                if state not in self.status.follows:
                    raise IllegalTransition(switch=self.id, before=self.state, after=state)
                changes |= {"state": state, "entered_at": now, "look_again_at": now}
                if state.is_final:
                    changes |= {"finished_at": now, "look_again_at": None}
            case LookAgain(after=after):
                changes["look_again_at"] = now + after
            case Done():
                changes |= {"finished_at": now, "look_again_at": None}
        with transaction.atomic():
            won = Switch.objects.filter(pk=self.pk, revision=self.revision).update(**changes)
            if won and isinstance(outcome, Go):
                SwitchStep.objects.create(
                    switch=self, state=outcome.state, entered_at=now, detail=outcome.detail
                )
        if won:
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(won)


class SwitchStep(models.Model):
    """A state that a switch entered, and when: its history and its timings."""

    switch = models.ForeignKey(Switch, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=15, choices=SwitchState)
    entered_at = models.DateTimeField(db_default=Now())
    detail = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["entered_at", "id"]
        indexes = [
            # event feed: the newest steps of the platform
            models.Index(fields=["-entered_at"], name="steps_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.switch_id} {self.state}"
