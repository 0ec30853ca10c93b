"""Which pools a cluster may buy from at all, and the reason of each that falls out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .model import SPOT, PolicyView, PoolView, Room, Site
from .quotas import quota_refusal
from .reasons import Reason, Why, percent, usd_per_hour


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage of the funnel lets through, and why it stopped the others; `whys` is by pool id."""

    passed: tuple[PoolView, ...]
    whys: Mapping[int, Why]

    @property
    def stopped(self) -> Counter[Reason]:
        """How many pools it stopped for each reason."""
        return Counter(why.reason for why in self.whys.values())


def static_refusal(pool: PoolView, policy: PolicyView, site: Site, now: datetime) -> Why | None:
    """Why a pool is no candidate for any node, whatever its risk and size; None where it is one."""
    zones = site.zones.get(pool.architecture)
    if pool.price is None or pool.on_demand is None:
        return Why(Reason.NOT_PRICED)
    if policy.architectures and pool.architecture not in policy.architectures:
        return Why(Reason.ARCHITECTURE, pool.architecture)
    if zones is None:
        return Why(Reason.NO_TEMPLATE, pool.architecture)
    if site.architectures and pool.architecture not in site.architectures | policy.architectures:
        return Why(Reason.OTHER_ARCHITECTURE, pool.architecture)
    if pool.zone not in zones:
        return Why(Reason.NO_SUBNET, pool.zone)
    if policy.families and pool.family not in policy.families:
        return Why(Reason.FAMILY, pool.family)
    if pool.generation < policy.min_generation:
        return Why(Reason.GENERATION, str(pool.generation), str(policy.min_generation))
    on_demand = pool.on_demand if pool.on_demand_paid is None else pool.on_demand_paid
    if pool.lifecycle == SPOT and pool.price >= on_demand:
        return Why(Reason.ABOVE_ON_DEMAND, usd_per_hour(pool.price), usd_per_hour(on_demand))
    if pool.set_aside_until is not None and pool.set_aside_until > now:
        return Why(Reason.SET_ASIDE, need=f"{pool.set_aside_until:%H:%M:%S} UTC")
    return quota_refusal(pool, site.quotas)


def static_filters(pools: Iterable[PoolView], policy: PolicyView, site: Site, now: datetime) -> Stage:
    """The pools that pass every static filter that needs neither the price history nor the nodes' sizes."""
    return _stage((pool, static_refusal(pool, policy, site, now)) for pool in pools)


def price_filter(pools: Iterable[PoolView], stood: Mapping[int, int], policy: PolicyView) -> Stage:
    """The pools whose price has stood for the policy's number of samples; `stood` is by pool id."""
    need = policy.price_samples
    seen = ((pool, stood.get(pool.id, 0)) for pool in pools)
    return _stage(
        (pool, None if have >= need else Why(Reason.PRICE_FRESH, str(have), str(need))) for pool, have in seen
    )


def size_filter(pools: Iterable[PoolView], needs: Collection[Room]) -> Stage:
    """The pools that have room for at least one of the nodes, which ask for `needs`; all where none asks."""

    def fits(pool: PoolView) -> bool:
        return not needs or any(pool.room.holds(need) for need in needs)

    return _stage((pool, None if fits(pool) else Why(Reason.TOO_SMALL, str(pool.room))) for pool in pools)


def risk_filter(pools: Iterable[PoolView], policy: PolicyView) -> Stage:
    """The pools whose risk stays under the policy's ceiling even at its upper quantile."""
    ceiling = policy.risk_ceiling
    return _stage(
        (
            pool,
            None
            if pool.risk_upper <= ceiling
            else Why(Reason.TOO_RISKY, percent(pool.risk_upper), percent(ceiling)),
        )
        for pool in pools
    )


def _stage(judged: Iterable[tuple[PoolView, Why | None]]) -> Stage:
    passed: list[PoolView] = []
    whys: dict[int, Why] = {}
    for pool, why in judged:
        if why is None:
            passed.append(pool)
        else:
            whys[pool.id] = why
    return Stage(tuple(passed), whys)
