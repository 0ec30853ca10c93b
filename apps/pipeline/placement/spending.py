"""What a cluster pays an hour, and what its policy leaves for more."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from apps.fleet.models import Instance, Policy
from apps.pipeline.decision.model import PoolView
from apps.pipeline.decision.pools import PoolKey

from .underway import Underway


def hourly_usd(under: Underway, pools: Mapping[PoolKey, PoolView]) -> Decimal:
    """What its machines cost once everything under way has ended, as far as their prices are known."""
    by_id = {pool.id: pool for pool in pools.values()}
    staying = (_pool(instance, pools) for instance in under.instances if instance.pk not in under.leaving)
    coming = (by_id.get(pool_id) for pool_id in _coming(under))
    return sum(
        (pool.price for pool in (*staying, *coming) if pool is not None and pool.price is not None), Decimal()
    )


def left_of_cap(policy: Policy, spent: Decimal) -> float | None:
    """USD an hour that new nodes may cost; None where the policy sets no cap."""
    cap = policy.max_price_hourly_usd
    return None if cap is None else float(max(cap - spent, Decimal()))


def _pool(instance: Instance, pools: Mapping[PoolKey, PoolView]) -> PoolView | None:
    return pools.get((instance.zone, instance.instance_type_id, instance.lifecycle))


def _coming(under: Underway) -> Iterator[int]:
    for launch in under.launches:
        if launch.instance_id is None and launch.candidates:
            yield launch.pool_id or launch.candidates[0]
    for switch in under.switches:
        if switch.new_instance_id is None and switch.to_pool_id is not None:
            yield switch.to_pool_id
