"""A fleet for a market that comes without one."""

from ..decision.model import ON_DEMAND, PoolView
from ..errors import HistoryUnreadable
from .from_cluster import PODS_A_NODE, part_of
from .model import Market, Seat

# What clusters commonly run, in the order in which it is dealt out.
COMMON = ("m5.xlarge", "c5.2xlarge", "r5.xlarge", "m5.2xlarge", "m5.large", "c5.xlarge", "r5.2xlarge")


def example_fleet(market: Market, nodes: int) -> list[Seat]:
    """That many on-demand nodes of common types, spread over the zones that sell them.

    Raises HistoryUnreadable where the market sells none of those types.
    """
    offered = sorted(
        (
            pool
            for pool in market.pools.values()
            if pool.lifecycle == ON_DEMAND and pool.instance_type in COMMON
        ),
        key=lambda pool: (COMMON.index(pool.instance_type), pool.zone),
    )
    if not offered:
        raise HistoryUnreadable(source=market.region, why=f"it sells none of {', '.join(COMMON)}")
    by_type: dict[str, list[PoolView]] = {}
    for pool in offered:
        by_type.setdefault(pool.instance_type, []).append(pool)
    kinds = list(by_type.values())
    dealt = [kinds[n % len(kinds)][n // len(kinds) % len(kinds[n % len(kinds)])] for n in range(nodes)]
    return [Seat(n, part_of(pool.room), PODS_A_NODE, pool.id) for n, pool in enumerate(dealt)]
