"""What the kinds of operations do. Each app registers its own when Django starts."""

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.fleet.models import ItemOutcome, Operation, OperationItem

Advance = Callable[[OperationItem, datetime], ItemOutcome]
Finish = Callable[[Operation], dict[str, Any] | None]


def _nothing(operation: Operation) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Work:
    """How the items of a kind are carried out.

    `advance` takes one step of one item; it may be called twice for the same step, by two workers at once.
    At most `parallel` items of an operation are under way together. Where an operation is cancelled, an item
    whose step is one of `safe_points` goes no further; others under way are brought to their end. `finish`
    says what came of it all, in the transaction that ends the operation: it reads and writes rows only.
    """

    advance: Advance
    parallel: int
    safe_points: Set[str] = field(default_factory=frozenset)
    finish: Finish = _nothing


works: dict[str, Work] = {}


def register(kind: str, work: Work) -> None:
    """Let `work` carry out the operations of a kind."""
    works[kind] = work
