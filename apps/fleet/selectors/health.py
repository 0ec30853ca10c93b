"""How well a cluster or a tenant is, in one tone and a few words (row 8.4)."""

from dataclasses import dataclass

from atharva.web.tones import Tone

WELL = "Healthy & Optimised"


@dataclass(frozen=True, slots=True)
class Health:
    tone: Tone
    label: str


def health_of(*, nodes: int, not_ready: int, interrupted: int, moving: int, unreachable: int) -> Health:
    """The worst that is true. Well means: all nodes operational and no switch pending."""
    if unreachable:
        return Health(Tone.CRITICAL, "Not reachable" if unreachable == 1 else f"{unreachable} not reachable")
    if interrupted:
        return Health(Tone.CRITICAL, f"{interrupted} interrupted")
    if not_ready:
        return Health(Tone.RISK, f"{not_ready} not ready")
    if moving:
        return Health(Tone.INFO, f"{moving} moving")
    if not nodes:
        return Health(Tone.MUTED, "No nodes yet")
    return Health(Tone.OK, WELL)
