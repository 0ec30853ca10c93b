"""Whose turn it is to be planned: a pod that comes at once, and again after a while if nothing came of it.

Pure. Instants are seconds of one monotonic clock; pods are named by their uids.
"""

from collections.abc import Iterable
from dataclasses import dataclass

BACKOFF_SECONDS = 10.0
LONGEST_BACKOFF_SECONDS = 300.0
# One plan for many pods is cheaper than many plans: who is due again so soon is taken along.
TOGETHER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Turn:
    """When a pod is planned next, when it was last, and how often."""

    due_at: float
    asked_at: float = 0.0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """The pods whose turn it is, and since when that is so of the first and of the last of them."""

    pods: frozenset[str]
    first_at: float
    last_at: float


class Turns:
    """The pods of one cluster that no node takes. Not to be used by two threads at once."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}

    def __len__(self) -> int:
        return len(self._turns)

    def __contains__(self, pod: str) -> bool:
        return pod in self._turns

    def came(self, pod: str, now: float) -> bool:
        """The scheduler has refused a pod; whether that is news."""
        if pod in self._turns:
            return False
        self._turns[pod] = Turn(now)
        return True

    def left(self, pod: str) -> None:
        """A pod has found a node, or is gone."""
        self._turns.pop(pod, None)

    def only(self, pods: Iterable[str], now: float) -> None:
        """These wait and no others."""
        self._turns = {pod: self._turns.get(pod) or Turn(now) for pod in pods}

    def due(self, now: float) -> Due | None:
        """Whose turn it is."""
        due = [turn.due_at for turn in self._turns.values() if turn.due_at <= now]
        if not due:
            return None
        soon = now + TOGETHER_SECONDS
        pods = frozenset(
            pod for pod, turn in self._turns.items() if turn.due_at <= (soon if turn.tries else now)
        )
        return Due(pods, min(due), max(due))

    def next_at(self) -> float | None:
        """When the next pod is due; None where none waits."""
        return min((turn.due_at for turn in self._turns.values()), default=None)

    def asked(self, pods: Iterable[str], now: float) -> None:
        """A plan is on its way; whoever still waits after the backoff is planned again."""
        for pod in pods:
            if turn := self._turns.get(pod):
                again = now + backoff(turn.tries + 1)
                self._turns[pod] = Turn(again, now, turn.tries + 1)

    def put_off(self, pods: Iterable[str], until: float) -> None:
        """There is no need to plan them before then; that counts as no try."""
        for pod in pods:
            if turn := self._turns.get(pod):
                self._turns[pod] = Turn(until, turn.asked_at, turn.tries)

    def hurry(self, pods: Iterable[str], now: float) -> None:
        """Something may have changed for them: at once, or where that is often so, a step sooner."""
        for pod in pods:
            if turn := self._turns.get(pod):
                sooner = turn.asked_at + backoff(turn.tries - 1) if turn.tries else now
                self._turns[pod] = Turn(min(turn.due_at, max(sooner, now)), turn.asked_at, turn.tries)

    def hurry_all(self, now: float) -> None:
        self.hurry(tuple(self._turns), now)

    def restart(self, now: float) -> None:
        """All are as if they had just come."""
        self._turns = {pod: Turn(now) for pod in self._turns}


def backoff(tries: int) -> float:
    """Seconds from the n-th try to the next; none before the first."""
    if tries < 1:
        return 0.0
    return float(min(BACKOFF_SECONDS * 2 ** min(tries - 1, 10), LONGEST_BACKOFF_SECONDS))
