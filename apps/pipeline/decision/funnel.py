"""From all pools of a region to those that may be bought, with the counts that the funnel shows."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .filters import price_filter, risk_filter, static_filters
from .model import SPOT, Offer, PolicyView, PoolView, Room, Site
from .reasons import Reason
from .scoring import offer_of

# Present prices by pool id -> for how many samples each has stood.
Stood = Callable[[Mapping[int, Decimal]], Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many spot pools each stage left, why the others fell out, and what may be bought, on-demand too."""

    scanned: int
    static_filters: int
    ml_prediction: int
    rejections: Mapping[str, Mapping[Reason, int]]
    offers: tuple[Offer, ...]


def narrow(
    pools: Iterable[PoolView],
    needs: Collection[Room],
    policy: PolicyView,
    site: Site,
    stood: Stood,
    now: datetime,
) -> Funnel:
    """Run every pool through the static filters and the risk ceiling.

    On-demand pools pass the same static filters and are counted nowhere: they are the way out, not a choice.
    """
    every = list(pools)
    spot = [pool for pool in every if pool.lifecycle == SPOT]
    static = static_filters(spot, needs, policy, site, now)
    prices = {pool.id: pool.price for pool in static.passed if pool.price is not None}
    steady = price_filter(static.passed, stood(prices), policy)
    safe = risk_filter(steady.passed, policy)
    way_out = static_filters((pool for pool in every if pool.lifecycle != SPOT), needs, policy, site, now)
    return Funnel(
        scanned=len(spot),
        static_filters=len(steady.passed),
        ml_prediction=len(safe.passed),
        rejections={
            "static_filters": Counter(static.stopped) + Counter(steady.stopped),
            "ml_prediction": Counter(safe.stopped),
        },
        offers=tuple(
            offer_of(pool, pool.price, policy)
            for pool in (*safe.passed, *way_out.passed)
            if pool.price is not None
        ),
    )
