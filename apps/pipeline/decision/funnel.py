"""From all pools of a region to those that may be bought, with the counts that the funnel shows."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .filters import price_filter, risk_filter, size_filter, static_filters
from .model import SPOT, Offer, PolicyView, PoolView, Room, Site
from .reasons import Reason
from .scoring import offer_of

# Present prices by pool id -> for how many samples each has stood.
Stood = Callable[[Mapping[int, Decimal]], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many spot pools each stage left, and why the others fell out."""

    scanned: int
    static_filters: int
    ml_prediction: int
    rejections: Mapping[str, Mapping[Reason, int]]


@dataclass(frozen=True, slots=True)
class Funnel:
    """What may be bought (`offers`, on-demand too), and what is left of the spot pools for counting."""

    policy: PolicyView
    scanned: int
    steady: tuple[PoolView, ...]
    stopped: Mapping[Reason, int]
    offers: tuple[Offer, ...]

    def counts(self, needs: Collection[Room]) -> Counts:
        """The stages' counts once it is known what the nodes need: a pool that holds none falls out too."""
        sized = size_filter(self.steady, needs)
        safe = risk_filter(sized.passed, self.policy)
        return Counts(
            scanned=self.scanned,
            static_filters=len(sized.passed),
            ml_prediction=len(safe.passed),
            rejections={
                "static_filters": Counter(self.stopped) + Counter(sized.stopped),
                "ml_prediction": safe.stopped,
            },
        )


def narrow(pools: Iterable[PoolView], policy: PolicyView, site: Site, stood: Stood, now: datetime) -> Funnel:
    """Run every pool through the static filters and the risk ceiling.

    On-demand pools pass the same static filters and are counted nowhere: they are the way out, not a choice.
    """
    every = list(pools)
    spot = [pool for pool in every if pool.lifecycle == SPOT]
    static = static_filters(spot, policy, site, now)
    prices = {pool.id: pool.price for pool in static.passed if pool.price is not None}
    steady = price_filter(static.passed, stood(prices), policy)
    safe = risk_filter(steady.passed, policy)
    way_out = static_filters((pool for pool in every if pool.lifecycle != SPOT), policy, site, now)
    return Funnel(
        policy=policy,
        scanned=len(spot),
        steady=steady.passed,
        stopped=Counter(static.stopped) + Counter(steady.stopped),
        offers=tuple(
            offer_of(pool, pool.price, policy)
            for pool in (*safe.passed, *way_out.passed)
            if pool.price is not None
        ),
    )
