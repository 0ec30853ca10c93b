"""How a figure compares with the one of a day before."""

from dataclasses import dataclass
from typing import Literal

Arrow = Literal["up", "down", "flat"]
# A change that rounds to less is none.
NOTICEABLE_PCT = 0.5


@dataclass(frozen=True, slots=True)
class Trend:
    """The change from `before` in percent; None where there was nothing to compare with."""

    before: float
    pct: float | None

    @property
    def arrow(self) -> Arrow:
        if self.pct is None or abs(self.pct) < NOTICEABLE_PCT:
            return "flat"
        return "up" if self.pct > 0 else "down"


def trend(now: float, before: float) -> Trend:
    """`now` against `before`."""
    if not before:
        return Trend(before, 0.0 if not now else None)
    return Trend(before, round(100 * (now - before) / before, 1))
