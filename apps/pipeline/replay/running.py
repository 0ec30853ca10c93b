"""A whole replay: the engine and every baseline through one market, compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ..decision.model import PolicyView
from .baselines import BASELINES
from .checking import faults
from .engine import Engine
from .model import Buckets, Market, Outcome, Seat
from .simulating import Setting, simulate

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Replay:
    """`outcomes`: the engine's first. `faults`: what the engine's moves broke; empty is well."""

    market: Market
    policy: PolicyView
    setting: Setting
    outcomes: Sequence[Outcome]
    faults: Sequence[str]

    @property
    def engine(self) -> Outcome:
        return self.outcomes[0]

    def outcome(self, name: str) -> Outcome:
        """Raises KeyError for a strategy that did not run."""
        return {outcome.name: outcome for outcome in self.outcomes}[name]


def replay(
    market: Market,
    buckets: Buckets,
    seats: Sequence[Seat],
    policy: PolicyView,
    *,
    setting: Setting,
    progress: Progress,
) -> Replay:
    """Run the engine under `policy`, then each baseline, through the same market with the same luck."""
    outcomes = [
        simulate(market, seats, strategy, setting, partial(progress, strategy.title))
        for strategy in (Engine(policy, buckets), *BASELINES)
    ]
    return Replay(market, policy, setting, outcomes, faults(outcomes[0].moves, cooldown=policy.cooldown))
