"""What beat runs and how often at first; operators edit the rows in the back office afterwards.

A row that exists is never changed by a new version, so that what a person set stays set.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    task: str
    every: timedelta
    queue: str


def seconds(n: int) -> timedelta:
    return timedelta(seconds=n)


SCHEDULES = (
    Schedule(
        "switches: advance what is due", "apps.fleet.tasks.switching.sweep_switches", seconds(2), "switches"
    ),
    Schedule("ledger: write the hours run", "apps.fleet.tasks.upkeep.accrue_costs", seconds(60), "default"),
    Schedule(
        "orphans: end what never joined", "apps.fleet.tasks.upkeep.sweep_orphans", seconds(120), "default"
    ),
)
