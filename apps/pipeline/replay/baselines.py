"""Simpler rules to hold the engine against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from ..decision.model import SPOT, PoolView
from .model import Moved, Node, World

# From spot to spot Karpenter wants this many cheaper types to choose among (its SpotToSpotConsolidation).
KARPENTER_FLEXIBILITY = 15


def fitting_spot(world: World, node: Node) -> Iterable[PoolView]:
    """The spot pools that hold a seat's pods, of its first pool's architecture and generation or later."""
    first = world.pools[node.seat.pool]
    return (
        pool
        for pool in world.pools.values()
        if pool.lifecycle == SPOT
        and pool.price is not None
        and pool.architecture == first.architecture
        and pool.generation >= first.generation
        and pool.room.holds(node.seat.need)
    )


def _price(pool: PoolView) -> tuple[Decimal, int]:
    return pool.price or Decimal("Infinity"), pool.id


def _moved(world: World, node: Node, target: PoolView, kind: str) -> Moved:
    return Moved(
        at=world.now,
        seat=node.seat.number,
        kind=kind,
        source=node.pool,
        target=target.id,
        saving_hourly=world.price(node.pool) - world.price(target.id),
        pays_back_within=timedelta(),
        cost=Decimal(),
    )


@dataclass(frozen=True, slots=True)
class OnDemandOnly:
    """Nothing ever moves."""

    name: str = "on_demand"
    title: str = "On-demand only"

    def moves(self, world: World) -> Sequence[Moved]:
        return ()

    def refuge(self, world: World, node: Node) -> int:
        return node.seat.pool


@dataclass(frozen=True, slots=True)
class CheapestPool:
    """Every node is always in the cheapest pool that holds it."""

    name: str = "cheapest"
    title: str = "Cheapest pool"

    def moves(self, world: World) -> Sequence[Moved]:
        best = [(node, self._best(world, node)) for node in world.nodes]
        return [
            _moved(world, node, pool, "cost")
            for node, pool in best
            if world.price(pool.id) < world.price(node.pool)
        ]

    def refuge(self, world: World, node: Node) -> int:
        return self._best(world, node).id

    def _best(self, world: World, node: Node) -> PoolView:
        return min(fitting_spot(world, node), key=_price)


@dataclass(frozen=True, slots=True)
class LowestInterruption:
    """Every node goes once to the cheapest of the pools that are interrupted least, and stays."""

    name: str = "lowest_interruption"
    title: str = "Lowest-interruption pool"

    def moves(self, world: World) -> Sequence[Moved]:
        starting = [node for node in world.nodes if world.pools[node.pool].lifecycle != SPOT]
        return [_moved(world, node, self._best(world, node), "cost") for node in starting]

    def refuge(self, world: World, node: Node) -> int:
        return self._best(world, node).id

    def _best(self, world: World, node: Node) -> PoolView:
        return min(
            fitting_spot(world, node),
            key=lambda pool: (world.market.hazards.get(pool.id, 0.0), *_price(pool)),
        )


@dataclass(frozen=True, slots=True)
class KarpenterLike:
    """Karpenter's rules for single nodes: to the cheapest type when that is cheaper, spot to spot among 15.

    AWS launches price-capacity-optimized from the offered types; the Spot Advisor stands in for its view of
    capacity, since that is not public.
    """

    name: str = "karpenter_like"
    title: str = "Karpenter-like"

    def moves(self, world: World) -> Sequence[Moved]:
        found = []
        for node in world.nodes:
            cheaper = self._cheaper_types(world, node)
            is_spot = world.pools[node.pool].lifecycle == SPOT
            if cheaper and (not is_spot or len(cheaper) >= KARPENTER_FLEXIBILITY):
                found.append(_moved(world, node, self._launched(world, cheaper), "cost"))
        return found

    def refuge(self, world: World, node: Node) -> int:
        return self._launched(world, self._types(fitting_spot(world, node))).id

    def _cheaper_types(self, world: World, node: Node) -> list[PoolView]:
        now = world.price(node.pool)
        return self._types(pool for pool in fitting_spot(world, node) if world.price(pool.id) < now)

    def _types(self, pools: Iterable[PoolView]) -> list[PoolView]:
        """The cheapest pool of each type, the cheapest types first."""
        by_type: dict[str, PoolView] = {}
        for pool in sorted(pools, key=_price):
            by_type.setdefault(pool.instance_type, pool)
        return list(by_type.values())

    def _launched(self, world: World, types: Sequence[PoolView]) -> PoolView:
        offered = types[:KARPENTER_FLEXIBILITY]
        return min(offered, key=lambda pool: (world.market.hazards.get(pool.id, 0.0), *_price(pool)))


BASELINES = (OnDemandOnly(), CheapestPool(), LowestInterruption(), KarpenterLike())
