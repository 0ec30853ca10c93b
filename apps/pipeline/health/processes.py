"""Whether the processes that a component rests on are alive."""

from collections.abc import Iterable
from datetime import datetime

from .finding import Complaint, critical, degraded
from .heartbeats import Pulse, pulses
from .wording import clock

WORDS = {
    "beat": "scheduler",
    "watcher": "cluster watcher",
    "interruptions": "reader of interruption notices",
}
WORKER = "worker_"


def absent(kinds: Iterable[str], now: datetime) -> list[Complaint]:
    """A complaint for each kind of process that is silent, or lost one of late. One query."""
    known = pulses(now)
    found = (_complaint(known.get(kind) or Pulse(kind, (), (), None)) for kind in kinds)
    return [complaint for complaint in found if complaint]


def slots_of(kind: str, now: datetime) -> tuple[float, int]:
    """How many slots the living processes of a kind have busy, and how many they have. One query."""
    pulse = pulses(now).get(kind)
    alive = pulse.alive if pulse else ()
    return sum(row.busy or 0.0 for row in alive), sum(row.slots or 0 for row in alive)


def _complaint(pulse: Pulse) -> Complaint | None:
    word = WORDS.get(pulse.kind) or f"worker of the queue {pulse.kind.removeprefix(WORKER)}"
    if not pulse.alive:
        if pulse.last is None:
            return critical(f"No {word} has ever been heard of.")
        return critical(f"No {word} answers; the last was heard at {clock(pulse.last.beat_at)}.")
    if pulse.missing:
        lost = pulse.missing[0]
        return degraded(
            f"A {word} died or hangs: {lost.process.partition('@')[2]} was last heard at "
            f"{clock(lost.beat_at)}. Alive: {len(pulse.alive)}."
        )
    return None
