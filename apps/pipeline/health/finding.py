"""What one check of a component found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..statuses import ComponentStatus

HEALTHY, DEGRADED, CRITICAL = ComponentStatus.HEALTHY, ComponentStatus.DEGRADED, ComponentStatus.CRITICAL
SEVERITY = (HEALTHY, DEGRADED, CRITICAL)
NAMED = 3  # of many complaints; the others are counted


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is not as it should be, in a sentence."""

    status: ComponentStatus
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`facts` is what was measured, in a sentence; without complaints the component is healthy.

    Above `limit_ms` it is slow, which is judged over a few checks. Work in flight and capacity share `unit`.
    """

    facts: str
    complaints: Sequence[Complaint] = ()
    latency_ms: float | None = None
    limit_ms: float | None = None
    worked_at: datetime | None = None
    next_at: datetime | None = None
    in_flight: float | None = None
    capacity: float | None = None
    unit: str = ""

    @property
    def status(self) -> ComponentStatus:
        return max((complaint.status for complaint in self.complaints), key=SEVERITY.index, default=HEALTHY)

    @property
    def detail(self) -> str:
        """The complaints, the gravest first; where there is none, what was measured."""
        worst = sorted(self.complaints, key=lambda complaint: -SEVERITY.index(complaint.status))
        said = [complaint.text for complaint in worst[:NAMED]]
        if left := len(worst) - len(said):
            said.append(f"And {left} more.")
        return " ".join(said) or self.facts


def degraded(text: str) -> Complaint:
    """It answers, and does not process."""
    return Complaint(DEGRADED, text)


def critical(text: str) -> Complaint:
    """It does not answer."""
    return Complaint(CRITICAL, text)


def silent(text: str) -> Finding:
    """The finding on what did not answer at all."""
    return Finding("", [critical(text)])
