"""Who may read a stream whose owner only an app knows: the app says so when Django starts."""

from collections.abc import Callable
from uuid import UUID

from .authentication import Person

# Asked in a thread of its own, so it may look into the database.
Rule = Callable[[Person, UUID], bool]

_rules: dict[str, Rule] = {}


def admit_by(kind: str, rule: Rule) -> None:
    """Let `rule` decide who reads the streams of a kind. False also for an id that there is not."""
    _rules[kind] = rule


def admits(kind: str, person: Person, pk: UUID) -> bool:
    """Whether a person may read what is told of one thing of a kind."""
    return _rules[kind](person, pk)
