"""From all pools of a region to those that may be bought, with the counts that the funnel shows."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .filters import price_filter, risk_filter, size_filter, static_filters
from .model import SPOT, Offer, PolicyView, PoolView, Room, Site
from .reasons import Reason, Why
from .scoring import offer_of

# Present prices by pool id -> for how many samples each has stood.
Stood = Callable[[Mapping[int, Decimal]], Mapping[int, int]]
# What keeps a pool out for a while; the other reasons lie in the policy or in the pool itself.
PASSING = frozenset({Reason.TOO_RISKY, Reason.PRICE_FRESH, Reason.SET_ASIDE, Reason.QUOTA})


@dataclass(frozen=True, slots=True)
class Counts:
    """How many spot pools each stage left, and why the others fell out."""

    scanned: int
    static_filters: int
    ml_prediction: int
    rejections: Mapping[str, Mapping[Reason, int]]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A spot pool that may be bought at another time, and what keeps it out now."""

    offer: Offer
    why: Why


@dataclass(frozen=True, slots=True)
class Funnel:
    """What may be bought (`offers`, on-demand too), and what is left of the spot pools for counting."""

    policy: PolicyView
    scanned: int
    steady: tuple[PoolView, ...]
    stopped: Mapping[Reason, int]
    offers: tuple[Offer, ...]
    near_misses: tuple[NearMiss, ...] = ()

    def counts(self, needs: Collection[Room]) -> Counts:
        """The stages' counts once it is known what the nodes need: a pool that holds none falls out too."""
        sized = size_filter(self.steady, needs)
        safe = risk_filter(sized.passed, self.policy)
        return Counts(
            scanned=self.scanned,
            static_filters=len(sized.passed),
            ml_prediction=len(safe.passed),
            rejections={
                "static_filters": Counter(self.stopped) + sized.stopped,
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
    prices = {pool.id: price for pool in static.passed if (price := _market_price(pool)) is not None}
    steady = price_filter(static.passed, stood(prices), policy)
    safe = risk_filter(steady.passed, policy)
    way_out = static_filters((pool for pool in every if pool.lifecycle != SPOT), policy, site, now)
    return Funnel(
        policy=policy,
        scanned=len(spot),
        steady=steady.passed,
        stopped=static.stopped + steady.stopped,
        offers=tuple(
            offer_of(pool, pool.price, policy)
            for pool in (*safe.passed, *way_out.passed)
            if pool.price is not None
        ),
        near_misses=_near_misses(spot, {**static.whys, **steady.whys, **safe.whys}, policy),
    )


def _market_price(pool: PoolView) -> Decimal | None:
    """The price whose history is known: AWS's, not the tenant's."""
    return pool.price if pool.listed is None else pool.listed


def _near_misses(
    pools: Iterable[PoolView], whys: Mapping[int, Why], policy: PolicyView
) -> tuple[NearMiss, ...]:
    return tuple(
        NearMiss(offer_of(pool, pool.price, policy), why)
        for pool in pools
        if pool.price is not None and (why := whys.get(pool.id)) is not None and why.reason in PASSING
    )
