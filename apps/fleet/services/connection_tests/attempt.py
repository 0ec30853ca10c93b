from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tried:
    """How an attempt went; `detail` says what is wrong and what to do about it."""

    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One permission, what it is for, and a harmless call that needs it.

    `run` answers None where another permission is missing without which this one cannot be tried. Where one
    that `decides` fails, the rest could only fail as well and is not tried.
    """

    permission: str
    why: str
    run: Callable[[], Tried | None]
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All attempts in their order, and how to leave nothing behind after the last."""

    attempts: tuple[Attempt, ...]
    tidy_up: Callable[[], None]
