"""A kind of operation whose items do as their memory says, so that a test sees the engine alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.fleet.errors import GroupAtMinimum, Throttled
from apps.fleet.models import Ended, ItemOutcome, NextStep, Operation, OperationItem, Wait
from apps.fleet.services.operations import NewItem, Work, advance_due, start_operation
from apps.fleet.services.operations.registry import works
from apps.fleet.statuses import ItemState
from tests.factories import AdminFactory, ClusterFactory

KIND = "rehearsal"
PARALLEL = 10
LATER = timedelta(hours=1)


class Rehearsal:
    """Carries the items out, and notes every step that was taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.finished: list[Operation] = []

    def advance(self, item: OperationItem, now: datetime) -> ItemOutcome:
        self.taken.append((item.name, item.step))
        match item.memory.get("plan", "done"):
            case "waits":
                return Wait(LATER, "Not yet")
            case "refused":
                raise GroupAtMinimum(group="workers", minimum=3)
            case "throttled":
                raise Throttled(call="RunInstances", account="prod")
            case "breaks":
                raise ZeroDivisionError
            case "three steps":
                return self._three(item)
        return Ended(ItemState(item.memory.get("plan", "done")), "As planned")

    def _three(self, item: OperationItem) -> ItemOutcome:
        number = int(item.step or 1)
        if number == 3:
            return Ended(ItemState.DONE, "The third step")
        return NextStep(str(number + 1), f"Step {number}", {f"saw_{number}": True})

    def finish(self, operation: Operation) -> dict[str, Any]:
        self.finished.append(operation)
        return {"steps": len(self.taken)}

    def count(self, name: str) -> int:
        return [taken for taken, _ in self.taken].count(name)


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    made = Rehearsal()
    work = Work(made.advance, PARALLEL, safe_points={"untouched"}, finish=made.finish)
    monkeypatch.setitem(works, KIND, work)
    return made


@pytest.fixture
def start(rehearsal: Rehearsal) -> Callable[..., Operation]:
    """Starts an operation with an item a plan: `start("done", "waits")`."""

    def started(*plans: str, step: str = "", group: str = "", **options: Any) -> Operation:
        cluster = options.pop("cluster", None) or ClusterFactory()
        items = [
            NewItem(f"item {n}", target=f"t-{n}", group=group, step=step, memory={"plan": plan})
            for n, plan in enumerate(plans)
        ]
        options.setdefault("by", AdminFactory())
        return start_operation(
            KIND, title="Rehearse", client=cluster.client, cluster=cluster, items=items, **options
        )

    return started


def change_plan(operation: Operation, plan: str) -> None:
    for item in operation.items.all():
        item.memory["plan"] = plan
        item.save(update_fields=["memory"])


def let_time_pass(operation: Operation) -> None:
    """Whatever waits is due."""
    OperationItem.objects.filter(operation=operation, finished_at=None).update(look_again_at=timezone.now())


def run(operation: Operation, *, most: int = 500) -> Operation:
    """Work until the operation has ended."""
    for _ in range(most):
        if Operation.objects.filter(pk=operation.pk, finished_at__isnull=False).exists():
            break
        let_time_pass(operation)
        advance_due()
    operation.refresh_from_db()
    return operation


def states(operation: Operation) -> list[str]:
    return list(operation.items.order_by("position").values_list("state", flat=True))
