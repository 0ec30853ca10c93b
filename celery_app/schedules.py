"""What beat runs and how often at first; operators edit the rows in the back office afterwards.

A row that exists is never changed by a new version, so that what a person set stays set.
"""

from dataclasses import dataclass
from datetime import timedelta

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A task without arguments. Where one run takes longer than `every`, the sweeps share rows, not work."""

    name: str
    task: str
    every: timedelta
    queue: str = "default"


ACCOUNTS, FLEET, PIPELINE = "apps.accounts.tasks", "apps.fleet.tasks", "apps.pipeline.tasks"
SCHEDULES = (
    Schedule("switches: advance what is due", f"{FLEET}.switching.sweep_switches", 2 * SECOND, "switches"),
    Schedule("launches: advance what is due", f"{FLEET}.launching.sweep_launches", 2 * SECOND, "switches"),
    Schedule(
        "operations: advance what is due", f"{FLEET}.operations.sweep_operations", 2 * SECOND, "switches"
    ),
    Schedule("events: try again what waits", f"{FLEET}.events.sweep_events", 5 * SECOND),
    Schedule("connections: try what waits", f"{FLEET}.connecting.sweep_tests", 2 * SECOND),
    Schedule("discovery: instances waited for", f"{FLEET}.discovery.refresh_awaited", 4 * SECOND, "ingest"),
    Schedule(
        "discovery: accounts that are due", f"{FLEET}.discovery.discover_accounts", 5 * SECOND, "ingest"
    ),
    Schedule("market: prices and risk", f"{PIPELINE}.market.sweep_market", MINUTE, "ingest"),
    Schedule("market: every source in full", f"{PIPELINE}.market.sweep_market_in_full", 12 * HOUR, "ingest"),
    Schedule("market: partitions", f"{PIPELINE}.market.keep_price_partitions", HOUR),
    Schedule("usage: what workloads use", f"{PIPELINE}.usage.sweep_usage", MINUTE, "ingest"),
    Schedule("decisions: clusters that are due", f"{PIPELINE}.decisions.sweep_decisions", 5 * SECOND),
    Schedule("decisions: forget old runs", f"{PIPELINE}.decisions.forget_runs", 24 * HOUR),
    Schedule("placement: requests that wait", f"{PIPELINE}.placement.sweep_requests", 2 * SECOND, "solver"),
    Schedule("placement: forget old plans", f"{PIPELINE}.placement.forget_plans", 24 * HOUR),
    Schedule("consolidation: who is due", f"{PIPELINE}.consolidation.sweep_consolidation", MINUTE, "solver"),
    Schedule("consolidation: forget old ones", f"{PIPELINE}.consolidation.forget_consolidations", 24 * HOUR),
    Schedule("health: forget old lines", f"{PIPELINE}.health.forget_component_lines", HOUR),
    Schedule("ledger: write the hours run", f"{FLEET}.upkeep.accrue_costs", MINUTE),
    Schedule("sessions: forget expired ones", f"{ACCOUNTS}.upkeep.forget_expired_sessions", HOUR),
    Schedule("orphans: end what never joined", f"{FLEET}.upkeep.sweep_orphans", 2 * MINUTE),
)
