import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from apps.accounts.models import Client, User

from ..statuses import ItemState, OperationKind, OperationStatus
from .access import Cluster


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step is done; the item goes on with `step` at once."""

    step: str
    detail: str
    learned: Mapping[str, Any] = field(default_factory=dict)  # merged into the item's memory


@dataclass(frozen=True, slots=True)
class Wait:
    """The step waits; look again after `after`."""

    after: timedelta
    detail: str
    learned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """The item ends as `state`: done, skipped or failed, and cancelled where a person stopped it in time."""

    state: ItemState
    detail: str
    learned: Mapping[str, Any] = field(default_factory=dict)


ItemOutcome = NextStep | Wait | Ended


class Operation(models.Model):
    """One piece of batch work that a person asked for: an item a target, each with its own result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=OperationKind)
    client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.PROTECT, related_name="operations"
    )
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="operations"
    )
    title = models.CharField(max_length=200)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    idempotency_key = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=16, choices=OperationStatus, default=OperationStatus.QUEUED)
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True, help_text="When a person asked to stop it")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["requested_by", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="one_operation_a_key",
            ),
            models.UniqueConstraint(
                fields=["cluster", "kind"],
                condition=Q(finished_at=None, kind="give_back"),
                name="a_cluster_is_given_back_once",
            ),
        ]
        indexes = [
            # header, lists: what runs now
            models.Index(fields=["client", "-created_at"], name="operations_of_client"),
            models.Index(fields=["status"], condition=Q(finished_at=None), name="open_operations"),
        ]

    def __str__(self) -> str:
        return self.title


class OperationItem(models.Model):
    """One target of an operation. `revision` makes every record a compare-and-set, as a switch's does."""

    id = models.BigAutoField(primary_key=True)
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(help_text="Items run in this order")
    group = models.CharField(max_length=100, blank=True, help_text="Its bar: a cluster, a tenant, a phase")
    name = models.CharField(max_length=200)
    target = models.CharField(max_length=100, blank=True, help_text="Id of what it is about")
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    step = models.CharField(max_length=40, blank=True)
    memory = models.JSONField(default=dict, blank=True, help_text="What its steps have to remember")
    detail = models.CharField(max_length=400, blank=True)
    breaks = models.PositiveSmallIntegerField(default=0, help_text="How often its step broke, in a row")
    revision = models.PositiveIntegerField(default=0)
    look_again_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True, help_text="When the present step began")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["operation", "position"], name="one_item_a_position")]
        indexes = [
            # sweep: items that are due
            models.Index(fields=["look_again_at"], condition=Q(finished_at=None), name="items_due"),
            # progress: counts by state
            models.Index(fields=["operation", "state"], name="items_by_state"),
        ]

    def __str__(self) -> str:
        return self.name

    def record(self, outcome: ItemOutcome, *, now: datetime, breaks: int = 0) -> bool:
        """Store what a step said; False where another worker was faster."""
        changes: dict[str, Any] = {
            "memory": {**self.memory, **outcome.learned},
            "detail": outcome.detail[:400],
            "breaks": breaks,
            "revision": self.revision + 1,
            "state": ItemState.RUNNING,
        }
        match outcome:
            case NextStep(step=step):
                changes |= {"step": step, "entered_at": now, "look_again_at": now}
            case Wait(after=after):
                changes["look_again_at"] = now + after
            case Ended(state=state):
                changes |= {"state": state, "finished_at": now, "look_again_at": None}
        won = OperationItem.objects.filter(pk=self.pk, revision=self.revision, finished_at=None).update(
            **changes
        )
        if won:
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(won)
