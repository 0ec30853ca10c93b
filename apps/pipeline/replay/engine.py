"""The platform's own decision, fed from a history instead of rows."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from apps.mlops.hazard import HORIZON, expected_life
from apps.mlops.hazard import estimate as estimate_risk

from ..decision.controls import Tempo
from ..decision.cost import ADVANTAGE_LASTS, disruption_cost, gain
from ..decision.funnel import Funnel, narrow
from ..decision.model import ON_DEMAND, SPOT, Kind, Move, NodeView, Offer, PodView, PolicyView, Refusal, Site
from ..decision.planning import Scene, fitting, plan
from ..decision.scoring import offer_of
from ..decision.worth import escape
from ..market.samples import samples_stood
from .model import Moved, Node, World
from .simulating import remembered, sightings

BOUGHT_LATELY = timedelta(minutes=30)
PACE_OVER = timedelta(hours=1)


@dataclass(slots=True)
class Engine:
    """Decides as `decision.service` does, every step, under a cluster's policy in active mode."""

    policy: PolicyView
    buckets: Mapping[int, int | None]
    name: str = "atharva"
    title: str = "Atharva.AI"
    _remembering: set[int] = field(default_factory=set)

    def moves(self, world: World) -> Sequence[Moved]:
        self._remember(world)
        scene, funnel = self._look(world)
        verdicts = plan(scene, funnel.offers, _as_it_is, world.now)
        offers = {offer.pool.id: offer for offer in funnel.offers}
        return [self._moved(world, move, offers) for move in verdicts if isinstance(move, Move)]

    def refuge(self, world: World, node: Node) -> int:
        scene, funnel = self._look(world)
        view = self._node(world, node)
        found = escape(view, fitting(view, funnel.offers, scene.policy), scene.policy, Kind.INTERRUPTION)
        return node.seat.pool if isinstance(found, Refusal) else found.candidates[0].id

    def _look(self, world: World) -> tuple[Scene, Funnel]:
        nodes = [self._node(world, node) for node in world.nodes]
        lately = {move.target for move in world.moves if world.now - move.at < BOUGHT_LATELY}
        pools = [
            replace(pool, bought_lately=True) if pool.id in lately else pool for pool in world.pools.values()
        ]
        zones = frozenset(pool.zone for pool in pools)
        architectures = frozenset(node.architecture for node in nodes)
        scene = Scene(
            policy=self.policy,
            site=Site(dict.fromkeys(architectures, zones), architectures),
            pools=pools,
            nodes=nodes,
            tempo=Tempo(
                nodes=len(nodes),
                disturbed=0,
                moves_last_hour=sum(world.now - move.at < PACE_OVER for move in world.moves[-200:]),
                on_demand=sum(world.pools[node.pool].lifecycle == ON_DEMAND for node in world.nodes),
            ),
            held=Counter(node.pool for node in world.nodes if world.pools[node.pool].lifecycle == SPOT),
        )
        return scene, narrow(
            pools, self.policy, scene.site, lambda prices: self._stood(world, prices), world.now
        )

    def _stood(self, world: World, prices: Mapping[int, Decimal]) -> Mapping[int, int]:
        most = self.policy.price_samples
        return {
            pool: samples_stood(world.changed_at[pool], price, world.now, most=most)
            if pool in world.changed_at
            else most
            for pool, price in prices.items()
        }

    def _node(self, world: World, node: Node) -> NodeView:
        pool = world.pools[node.pool]
        pods = tuple(
            PodView(node.seat.need.cpu_milli // max(node.seat.pods, 1), node.launched_at, replayable=True)
            for _ in range(node.seat.pods)
        )
        return NodeView(
            id=node.seat.number,
            ec2_id=f"node-{node.seat.number}",
            name=f"node-{node.seat.number}",
            architecture=pool.architecture,
            stay=offer_of(pool, world.price(node.pool), self.policy),
            need=node.seat.need,
            launched_at=node.launched_at,
            moved_at=node.moved_at,
            pods=pods,
        )

    def _remember(self, world: World) -> None:
        """Score the pools anew that something happened to, and those whose memory has just faded."""
        for pool_id in remembered(world) | self._remembering:
            pool = world.pools[pool_id]
            if pool.lifecycle == SPOT:
                risk = estimate_risk(self.buckets.get(pool_id), sightings(world, pool_id), (), world.now)
                world.pools[pool_id] = replace(pool, risk_upper=risk.upper)
        self._remembering = remembered(world)

    def _moved(self, world: World, move: Move, offers: Mapping[int, Offer]) -> Moved:
        target, stay = offers[move.candidates[0].id], move.node.stay
        if stay is None:
            raise ValueError(f"{move.node.name} moves from an unknown pool")
        life = min(expected_life(target.pool.risk_upper), ADVANTAGE_LASTS)
        return Moved(
            at=world.now,
            seat=move.node.id,
            kind=str(move.kind),
            source=stay.pool.id,
            target=target.pool.id,
            saving_hourly=gain(stay, target) / Decimal(str(life / timedelta(hours=1))),
            pays_back_within=life,
            cost=disruption_cost(move.node, stay, target, world.now),
        )


def _as_it_is(node: NodeView) -> NodeView:
    return node


def hazard_of(risk: float) -> float:
    """Interruptions per hour that a probability within the horizon stands for."""
    return -math.log1p(-risk) / (HORIZON / timedelta(hours=1))


def prior_of(bucket: int | None, now: datetime) -> tuple[float, float]:
    """(upper risk, hazard per hour) of a pool of which nothing is known but the Spot Advisor's range."""
    risk = estimate_risk(bucket, (), (), now)
    return risk.upper, hazard_of(risk.probability)
