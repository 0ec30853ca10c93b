"""How busy the platform is: worker slots in use over worker slots there are, as the workers tell."""

from dataclasses import dataclass
from datetime import datetime

from .heartbeats import pulses

UNIT = "worker slots"


@dataclass(frozen=True, slots=True)
class Load:
    """`current` is the average of the last half minute."""

    current: float
    capacity: int
    unit: str = UNIT

    @property
    def pct(self) -> float | None:
        """None while there is no worker."""
        return round(100 * self.current / self.capacity, 1) if self.capacity else None


def system_load(now: datetime) -> Load:
    """Over all living workers of all queues. One query."""
    # A worker of several queues beats for each, and has its slots once.
    workers = {
        row.process.partition("@")[2]: row
        for kind, pulse in pulses(now).items()
        if kind.startswith("worker_")
        for row in pulse.alive
    }
    return Load(
        current=round(sum(row.busy or 0 for row in workers.values()), 2),
        capacity=sum(row.slots or 0 for row in workers.values()),
    )
