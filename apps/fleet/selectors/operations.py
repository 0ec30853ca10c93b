"""How far operations are, and the lists of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Min, QuerySet, Value, When

from ..models import Operation, OperationItem
from ..statuses import ItemState

UNGROUPED = "All items"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items are in which state. `key` and `name` are those of a group."""

    states: Mapping[str, int]
    key: str = ""
    name: str = UNGROUPED

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def done(self) -> int:
        return self.states.get(ItemState.DONE, 0)

    @property
    def skipped(self) -> int:
        return self.states.get(ItemState.SKIPPED, 0)

    @property
    def failed(self) -> int:
        return self.states.get(ItemState.FAILED, 0)

    @property
    def cancelled(self) -> int:
        return self.states.get(ItemState.CANCELLED, 0)

    @property
    def running(self) -> int:
        return self.states.get(ItemState.RUNNING, 0)

    @property
    def waiting(self) -> int:
        return self.states.get(ItemState.WAITING, 0)

    @property
    def left(self) -> int:
        return self.running + self.waiting

    @property
    def ended(self) -> int:
        return self.total - self.left

    def counters(self) -> dict[str, Any]:
        """The counts by the names that the API and the live events have for them."""
        names = ("total", "done", "skipped", "failed", "cancelled", "running", "waiting")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Progress(Tally):
    """How far one operation is."""

    groups: Sequence[Tally] = ()

    @property
    def progress_pct(self) -> float:
        """The share of items that have ended, however; 100 only once all have."""
        return int(1000 * self.ended / self.total) / 10 if self.total else 0.0

    def counters(self) -> dict[str, Any]:
        groups = [{"key": group.key, "name": group.name, **Tally.counters(group)} for group in self.groups]
        return {**Tally.counters(self), "progress_pct": self.progress_pct, "groups": groups}


def progress(operations: Iterable[Operation]) -> dict[UUID, Progress]:
    """How far each of them is, its groups in the order of their items. One query."""
    counted: dict[UUID, dict[str, Counter[str]]] = {operation.pk: {} for operation in operations}
    rows = (
        OperationItem.objects.filter(operation__in=counted)
        .values("operation", "group", "state")
        .annotate(count=Count("pk"), first=Min("position"))
        .order_by("first")
    )
    for row in rows:
        groups = counted[row["operation"]]
        groups.setdefault(row["group"], Counter())[row["state"]] = row["count"]
    return {pk: _progress(groups) for pk, groups in counted.items()}


@dataclass(frozen=True, slots=True)
class OperationView(Progress):
    """An operation and how far it is."""

    operation: Operation = field(kw_only=True)


def shown(operations: Iterable[Operation]) -> list[OperationView]:
    """Operations as the API and the pages show them. One query beyond theirs."""
    rows = list(operations)
    found = progress(rows)
    return [OperationView(found[row.pk].states, groups=found[row.pk].groups, operation=row) for row in rows]


def _progress(groups: Mapping[str, Counter[str]]) -> Progress:
    tallies = [Tally(states, key, key or UNGROUPED) for key, states in groups.items()]
    return Progress(sum(groups.values(), Counter()), groups=tallies)


def with_context(operations: QuerySet[Operation]) -> QuerySet[Operation]:
    """Operations with whose they are, what cluster they are about and who asked for them."""
    return operations.select_related("client", "cluster", "requested_by")


def failures_first(items: QuerySet[OperationItem]) -> QuerySet[OperationItem]:
    """What failed, what is under way, what was skipped, and then the rest in its order."""
    interest = (ItemState.FAILED, ItemState.RUNNING, ItemState.SKIPPED, ItemState.CANCELLED)
    rank = Case(
        *(When(state=state, then=Value(place)) for place, state in enumerate(interest)),
        default=Value(len(interest)),
        output_field=IntegerField(),
    )
    return items.annotate(rank=rank).order_by("rank", "position")
