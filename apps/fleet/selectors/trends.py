"""How a figure compares with the one of a day before."""

from dataclasses import dataclass
from typing import Literal

Arrow = Literal["up", "down", "flat"]
# A change that rounds to less is none.
NOTICEABLE = 0.005


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure now and before; `before` is None where it is not known."""

    now: float
    before: float | None

    @property
    def pct(self) -> float | None:
        """The change in percent; None where there is nothing to compare with."""
        if self.now == self.before:
            return 0.0
        if not self.before:
            return None
        return round(100 * (self.now - self.before) / self.before, 1)

    @property
    def arrow(self) -> Arrow:
        if self.before is None or abs(self.now - self.before) <= NOTICEABLE * self.before:
            return "flat"
        return "up" if self.now > self.before else "down"
