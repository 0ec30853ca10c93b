"""Is the move worth it? Where a node should go, or every reason for which it stays."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from .cost import disruption_cost, gain
from .model import ON_DEMAND, SPOT, Kind, Move, NodeView, Offer, PolicyView, Refusal, Verdict
from .reasons import Reason, Why, percent, usd_per_hour
from .scoring import Score, score

# Spot pools tried in order, before on-demand.
MOST_CANDIDATES = 4
# A pool that took a node a moment ago counts as this much dearer: comparable ones are bought first.
BOUGHT_LATELY_FACTOR = Decimal("1.10")
# A policy that acts on AWS's recommendations does so this long: after the half-life of a pool's memory the
# instance has outlived it.
RECOMMENDATION_HOLDS = timedelta(hours=6)


def worth_moving(
    node: NodeView, offers: Sequence[Offer], policy: PolicyView, now: datetime, *, lacking: int = 0
) -> Verdict:
    """Whether a node should move for its risk or its cost, and to which of `offers` (those that it fits in).

    A move for risk has no least saving. A move for cost saves the policy's least, brings in more than it
    costs and scores better than staying; so does each of its candidates. `lacking`: see `escape`.
    """
    if node.stay is None:
        return Refusal(node, (Why(Reason.NO_MARKET),))
    if not offers:
        return Refusal(node, (Why(Reason.NO_POOL_FITS, need=str(node.need)),))
    if node.stay.pool.lifecycle == SPOT and (
        node.stay.pool.risk_upper > policy.risk_ceiling or acts_on_recommendation(node, policy, now)
    ):
        return escape(node, offers, policy, Kind.RISK, lacking=lacking)
    return _for_cost(node, node.stay, offers, policy, now)


def acts_on_recommendation(node: NodeView, policy: PolicyView, now: datetime) -> bool:
    """Whether AWS's recommendation to move the node is an order by the policy, and still a fresh one."""
    if policy.rebalance != "act" or node.rebalance_at is None:
        return False
    return now - node.rebalance_at < RECOMMENDATION_HOLDS


def escape(
    node: NodeView, offers: Sequence[Offer], policy: PolicyView, kind: Kind, *, lacking: int = 0
) -> Verdict:
    """Where a node goes that has to leave: the best spot pools, on-demand last. It may cost more there.

    `lacking` is how many on-demand nodes the cluster has less than it should: then on-demand comes first.
    """
    ranked = _ranked(node, _elsewhere(node, offers), policy)
    spot = [offer for _, offer in ranked[:MOST_CANDIDATES]]
    on_demand = [offer for offer in offers if offer.pool.lifecycle == ON_DEMAND]
    if spot:
        best = spot[0].pool.instance_type
        on_demand = [offer for offer in on_demand if offer.pool.instance_type == best] or on_demand
    way_out = sorted(on_demand, key=lambda offer: offer.price)[:1]
    chosen = way_out + spot if lacking > 0 else spot + way_out
    if not chosen:
        return Refusal(node, (Why(Reason.NO_POOL_FITS, need=str(node.need)),))
    saving = node.stay.price - chosen[0].price if node.stay else Decimal(0)
    because = _has_to_leave(node, chosen[0], policy, kind)
    return Move(node, kind, tuple(offer.pool for offer in chosen), saving, (because,))


def least_saving(price: Decimal, policy: PolicyView) -> Decimal:
    """The smallest saving per hour for which a node of that price may move: a share of it, and an amount."""
    return max(policy.min_saving, price * policy.min_saving_pct / 100)


def _for_cost(
    node: NodeView, stay: Offer, offers: Sequence[Offer], policy: PolicyView, now: datetime
) -> Verdict:
    cheaper = [offer for offer in _elsewhere(node, offers) if offer.price < stay.price]
    if not cheaper:
        cheapest = min(offer.price for offer in offers)
        why = Why(Reason.NOTHING_CHEAPER, priced(stay), usd_per_hour(cheapest))
        return Refusal(node, (why,))
    # From spot to spot it takes many cheaper pools: no race to the bottom.
    if stay.pool.lifecycle == SPOT and len(cheaper) < policy.min_cheaper_pools:
        why = Why(Reason.TOO_FEW_CHEAPER, str(len(cheaper)), str(policy.min_cheaper_pools))
        return Refusal(node, (why,))
    least = least_saving(stay.price, policy)
    enough = [offer for offer in cheaper if stay.price - offer.price >= least]
    if not enough:
        most = stay.price - min(offer.price for offer in cheaper)
        return Refusal(node, (Why(Reason.SAVING_TOO_SMALL, usd_per_hour(most), usd_per_hour(least)),))
    own = score_for(node, stay, policy).total
    ranked = _ranked(node, enough, policy)
    # Most pools are never chosen: what a move costs is asked of the best ones only.
    better = (offer for rank, offer in ranked if rank > own and _pays(node, stay, offer, now))
    chosen = tuple(islice(better, MOST_CANDIDATES))
    if not chosen:
        return Refusal(node, (_not_better(node, stay, ranked, own, now),))
    return _cheaper(node, stay, chosen, len(cheaper))


def _pays(node: NodeView, stay: Offer, offer: Offer, now: datetime) -> bool:
    return gain(stay, offer) > disruption_cost(node, stay, offer, now)


def _not_better(
    node: NodeView, stay: Offer, ranked: Sequence[tuple[float, Offer]], own: float, now: datetime
) -> Why:
    """What kept the cheaper pools from being chosen: none brings in what it costs, or none scores better."""
    paying = [rank for rank, offer in ranked if _pays(node, stay, offer, now)]
    if paying:
        return Why(Reason.SCORE_NOT_BETTER, f"{paying[0]:.3f}", f"{own:.3f}")
    best = max((offer for _, offer in ranked), key=lambda offer: gain(stay, offer))
    cost = disruption_cost(node, stay, best, now)
    return Why(Reason.NOT_WORTH_IT, f"${gain(stay, best):.4f}", f"${cost:.4f}")


def _cheaper(node: NodeView, stay: Offer, chosen: Sequence[Offer], cheaper: int) -> Move:
    first = chosen[0]
    saving = stay.price - first.price
    why = Why(
        Reason.CHEAPER,
        have=f"{usd_per_hour(saving)} ({percent(float(saving / stay.price))})",
        need=f"{priced(first)} instead of {priced(stay)}",
        subject=f"{first.pool.title}, one of {cheaper} cheaper pools,",
    )
    return Move(node, Kind.COST, tuple(offer.pool for offer in chosen), saving, (why,))


def _elsewhere(node: NodeView, offers: Sequence[Offer]) -> list[Offer]:
    """Spot offers other than the pool that the node is in."""
    own = node.stay.pool.id if node.stay else None
    return [offer for offer in offers if offer.pool.lifecycle == SPOT and offer.pool.id != own]


def _ranked(node: NodeView, offers: Sequence[Offer], policy: PolicyView) -> list[tuple[float, Offer]]:
    """The offers with their scores, the best first; of equal ones the cheaper."""
    scored = [(score_for(node, offer, policy).total, offer) for offer in offers]
    return sorted(scored, key=lambda entry: (-entry[0], entry[1].risk_adjusted, entry[1].pool.id))


def score_for(node: NodeView, offer: Offer, policy: PolicyView) -> Score:
    """How good an offer is for that node; a pool that took a node a moment ago counts as dearer."""
    baseline = node.stay.pool.on_demand if node.stay else offer.pool.on_demand
    if offer.pool.bought_lately and offer is not node.stay:
        offer = Offer(offer.pool, offer.price, offer.risk_adjusted * BOUGHT_LATELY_FACTOR)
    return score(offer, node.need, baseline or offer.price, policy)


def priced(offer: Offer) -> str:
    """The price of an offer in words; "at your price" where AWS asks something else of anybody."""
    said = usd_per_hour(offer.price)
    return f"{said} at your price" if offer.pool.at_own_price else said


def _has_to_leave(node: NodeView, first: Offer, policy: PolicyView, kind: Kind) -> Why:
    subject = f"{first.pool.title} at {priced(first)}"
    risky = node.stay is not None and node.stay.pool.risk_upper > policy.risk_ceiling
    if kind is Kind.RISK and node.rebalance_at and not risky:
        return Why(Reason.RECOMMENDED, f"{node.rebalance_at:%H:%M} UTC", subject=subject)
    if kind is Kind.RISK and node.stay:
        return Why(Reason.RISKY, percent(node.stay.pool.risk_upper), percent(policy.risk_ceiling), subject)
    at = f"{node.interruption_at:%H:%M:%S} UTC" if node.interruption_at else "any moment"
    return Why(Reason.TAKEN, at, subject=subject)
