"""What becomes of each node of a cluster: who moves now, and why the others stay."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from .controls import Tempo, may_move, node_holds, on_demand_lacking, pool_share_allows, price_holds
from .model import (
    ON_DEMAND,
    SPOT,
    Kind,
    Move,
    NodeView,
    Offer,
    PolicyView,
    PoolView,
    Refusal,
    Room,
    Site,
    Verdict,
)
from .reasons import Reason, Why
from .worth import acts_on_recommendation, worth_moving

# Looking at a node asks its cluster for pods and budgets; the rest waits for the next run.
LOOK_AT_MOST = 10

# A node with its pods' needs filled in, or why they keep it where it is.
Look = Callable[[NodeView], NodeView | Refusal]


@dataclass(frozen=True, slots=True)
class Scene:
    """A cluster at the moment of a decision. `held`: spot nodes by the pool that they are in, or will be.

    `stale` says that the prices are too old for moves that are made for money.
    """

    policy: PolicyView
    site: Site
    pools: Sequence[PoolView]
    nodes: Sequence[NodeView]
    tempo: Tempo
    held: Mapping[int, int] = field(default_factory=dict)
    stale: Why | None = None


def plan(scene: Scene, offers: Sequence[Offer], look: Look, now: datetime) -> list[Verdict]:
    """One verdict a node; the moves come first, those for risk before those for cost.

    Each node is judged at first as if its replacement had to be as large as it is. Those that would move are
    looked at more closely, in order of urgency, until the budgets are used up.
    """
    first = first_looks(offers, scene, now)
    wanted = sorted((verdict for verdict in first if isinstance(verdict, Move)), key=urgency)
    stays: list[Verdict] = [verdict for verdict in first if isinstance(verdict, Refusal)]
    moves: list[Verdict] = []
    tempo, held, looked = scene.tempo, Counter(scene.held), 0
    for move in wanted:
        holds = may_move(move.node, scene.policy, tempo, now, kind=move.kind)
        if not holds and looked == LOOK_AT_MOST:
            holds = (Why(Reason.NOT_LOOKED_AT, str(looked)),)
        if holds:
            stays.append(Refusal(move.node, holds))
            continue
        looked += 1
        lacking = on_demand_lacking(scene.policy, tempo)
        verdict = close_look(look(move.node), offers, scene.policy, held, now, lacking=lacking)
        if isinstance(verdict, Move) and (holds := price_holds(verdict, scene.policy, tempo)):
            verdict = Refusal(verdict.node, holds)
        if isinstance(verdict, Refusal):
            stays.append(verdict)
            continue
        moves.append(verdict)
        tempo = tempo.after(move.node, verdict.candidates[0])
        take(verdict, held)
    return moves + stays


def fitting(node: NodeView, offers: Iterable[Offer], policy: PolicyView) -> list[Offer]:
    """The offers that have room for what the node needs, of an architecture that its pods can run on.

    That is the node's own. Another one needs two words for it: the policy names it, and so does every pod.
    """
    runs_on = {node.architecture} | (node.portable_to & policy.architectures)
    return [
        offer for offer in offers if offer.pool.architecture in runs_on and offer.pool.room.holds(node.need)
    ]


def first_looks(offers: Sequence[Offer], scene: Scene, now: datetime) -> list[Verdict]:
    """A verdict a node. Nodes of one pool are alike until their pods are known: one is judged for all."""
    judged: dict[tuple[int | None, Room, datetime | None], Verdict] = {}
    verdicts: list[Verdict] = []
    lacking = on_demand_lacking(scene.policy, scene.tempo)
    for node in scene.nodes:
        if holds := node_holds(node, scene.policy, now):
            verdicts.append(Refusal(node, tuple(holds)))
            continue
        recommended_at = node.rebalance_at if acts_on_recommendation(node, scene.policy, now) else None
        alike = (node.stay.pool.id if node.stay else None, node.need, recommended_at)
        if alike not in judged:
            verdict = _first_look(node, offers, scene.policy, now, lacking)
            if scene.stale and isinstance(verdict, Move) and verdict.kind is Kind.COST:
                verdict = Refusal(node, (scene.stale,))
            judged[alike] = verdict
        verdicts.append(replace(judged[alike], node=node))
    return verdicts


def _first_look(
    node: NodeView, offers: Sequence[Offer], policy: PolicyView, now: datetime, lacking: int
) -> Verdict:
    """Where its own architecture has nothing, one that the policy names: a close look tells what pods say."""
    verdict = worth_moving(node, fitting(node, offers, policy), policy, now, lacking=lacking)
    if isinstance(verdict, Refusal) and policy.architectures - {node.architecture}:
        abroad = replace(node, portable_to=policy.architectures)
        other = worth_moving(abroad, fitting(abroad, offers, policy), policy, now, lacking=lacking)
        return other if isinstance(other, Move) else verdict
    return verdict


def close_look(
    seen: NodeView | Refusal,
    offers: Sequence[Offer],
    policy: PolicyView,
    held: Counter[int],
    now: datetime,
    *,
    lacking: int = 0,
) -> Verdict:
    """The verdict on a node as it was seen, in pools that do not hold their share of `held` yet.

    `lacking` is how many on-demand nodes the cluster has less than it should.
    """
    if isinstance(seen, Refusal):
        return seen
    fit = fitting(seen, offers, policy)
    unsaid = policy.architectures - seen.portable_to - {seen.architecture}
    if not fit and unsaid:
        return Refusal(seen, (Why(Reason.NOT_PORTABLE, ", ".join(sorted(unsaid))),))
    spot_nodes = held.total() + (seen.stay is not None and seen.stay.pool.lifecycle == ON_DEMAND)
    roomy = [
        offer
        for offer in fit
        if offer.pool.lifecycle == ON_DEMAND or pool_share_allows(held[offer.pool.id], spot_nodes, policy)
    ]
    if fit and not roomy:
        most = math.ceil(spot_nodes * policy.max_pool_share_pct / 100)
        return Refusal(seen, (Why(Reason.POOL_SHARE, str(len(fit)), str(most)),))
    return worth_moving(seen, roomy, policy, now, lacking=lacking)


def take(move: Move, held: Counter[int]) -> None:
    """Count the node where it goes; its candidates beyond the first are tried only without room there."""
    if move.node.stay is not None and move.node.stay.pool.lifecycle == SPOT:
        held[move.node.stay.pool.id] -= 1
    if move.candidates[0].lifecycle == SPOT:
        held[move.candidates[0].id] += 1


def urgency(move: Move) -> tuple[bool, bool, float, float]:
    """Risk before cost, those that keep their architecture first; the riskier, then the larger saving."""
    risk = move.node.stay.pool.risk_upper if move.kind is Kind.RISK and move.node.stay else 0.0
    abroad = move.candidates[0].architecture != move.node.architecture
    return move.kind is not Kind.RISK, abroad, -risk, -float(move.saving)
