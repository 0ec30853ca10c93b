"""What tests may turn while a cluster runs."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .kinds import Obj


@dataclass(slots=True)
class Knobs:
    """Durations in seconds: those of a real cluster, or shorter ones where a test would wait."""

    join_seconds: float = 4.0
    # Between a kubelet's registration and its network's readiness.
    ready_seconds: float = 1.0
    pod_start_seconds: float = 2.0
    grace_cap_seconds: float = 3.0
    lease_seconds: float = 10.0
    # Without a renewed lease for so long a node is unreachable; a machine known to be dead is noticed sooner.
    unreachable_seconds: float = 50.0
    death_notice_seconds: float = 2.0
    pod_gc_seconds: float = 5.0
    # A label selector: these pods never become ready, and never end by themselves.
    stuck_pods: str = ""

    def turn(self, values: Obj) -> None:
        """Set the named knobs; raises ValueError for a name that is none."""
        known = {knob.name for knob in fields(self)}
        if unknown := set(values) - known:
            raise ValueError(
                f"no such knob: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}"
            )
        for name, value in values.items():
            setattr(self, name, value)
