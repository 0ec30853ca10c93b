"""Beside what was chosen: the pools that came next, with their numbers, and why each was not chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .cost import disruption_cost, gain
from .funnel import Funnel
from .model import SPOT, Kind, Move, NodeView, Offer, PolicyView, Refusal, Verdict
from .planning import fitting
from .reasons import Reason, Why, usd_per_hour
from .scoring import Score
from .worth import MOST_CANDIDATES, least_saving, priced, score_for

MOST = 5
# Beyond those shown: the node's own pool and the candidates, which are no alternatives.
RANKED = MOST + MOST_CANDIDATES + 2


@dataclass(frozen=True, slots=True)
class Rated:
    """A pool that was weighed for a node. `missed` says what kept it out before it came to that."""

    offer: Offer
    score: Score
    missed: Why | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """A pool that was not chosen, and the numbers that decided so."""

    rated: Rated
    why: Why


@dataclass(frozen=True, slots=True)
class Weighed:
    """All that was weighed for a node: staying (None where its price is unknown), chosen, and not chosen."""

    stay: Rated | None
    chosen: tuple[Rated, ...]
    others: tuple[Alternative, ...]


def weigh(verdicts: Sequence[Verdict], funnel: Funnel, now: datetime) -> list[Weighed]:
    """The scores behind each verdict, and the MOST best pools that it did not choose.

    Nodes of one pool that need the same are ranked once: a cluster has hundreds of them.
    """
    ranked: dict[object, list[Rated]] = {}
    weighed = []
    for verdict in verdicts:
        node = verdict.node
        alike = (node.stay.pool.id if node.stay else None, node.need, node.architecture, node.portable_to)
        if alike not in ranked:
            ranked[alike] = _rank(node, funnel)
        weighed.append(_weigh(verdict, ranked[alike], funnel, now))
    return weighed


def _rank(node: NodeView, funnel: Funnel) -> list[Rated]:
    """The pools that fit the node, those that only just fell out among them, the best first."""
    policy = funnel.policy
    missed = {miss.offer.pool.id: miss.why for miss in funnel.near_misses}
    near = [miss.offer for miss in funnel.near_misses]
    rated = (
        Rated(offer, score_for(node, offer, policy), missed.get(offer.pool.id))
        for offer in fitting(node, (*funnel.offers, *near), policy)
    )
    return sorted(rated, key=_standing)[:RANKED]


def _standing(rated: Rated) -> tuple[float, Decimal, int]:
    return -rated.score.total, rated.offer.risk_adjusted, rated.offer.pool.id


def _weigh(verdict: Verdict, ranked: Iterable[Rated], funnel: Funnel, now: datetime) -> Weighed:
    node, policy = verdict.node, funnel.policy
    stay = Rated(node.stay, score_for(node, node.stay, policy)) if node.stay else None
    offers = {offer.pool.id: offer for offer in funnel.offers}
    picked = [offers[pool.id] for pool in verdict.candidates] if isinstance(verdict, Move) else []
    chosen = tuple(Rated(offer, score_for(node, offer, policy)) for offer in picked)
    known = {rated.offer.pool.id for rated in (stay, *chosen) if rated}
    others = [rated for rated in ranked if rated.offer.pool.id not in known][:MOST]
    return Weighed(
        stay,
        chosen,
        tuple(Alternative(rated, _why_not(rated, verdict, stay, chosen, policy, now)) for rated in others),
    )


def _why_not(
    rated: Rated,
    verdict: Verdict,
    stay: Rated | None,
    chosen: Sequence[Rated],
    policy: PolicyView,
    now: datetime,
) -> Why:
    if rated.missed is not None:
        return rated.missed
    has_to_leave = isinstance(verdict, Move) and verdict.kind is not Kind.COST
    if rated.offer.pool.lifecycle != SPOT:
        return Why(Reason.LAST_RESORT)
    if stay is not None and not has_to_leave and (why := _no_gain(rated, verdict.node, stay, policy, now)):
        return why
    if isinstance(verdict, Refusal):
        return verdict.because[0]
    first = chosen[0]
    return Why(Reason.RANKED_LOWER, _said(rated), _said(first), first.offer.pool.title)


def _no_gain(rated: Rated, node: NodeView, stay: Rated, policy: PolicyView, now: datetime) -> Why | None:
    """Why going there for money would not be better than staying; None where it would."""
    here, there = stay.offer, rated.offer
    if there.price >= here.price:
        return Why(Reason.DEARER, priced(there), priced(here))
    saving, least = here.price - there.price, least_saving(here.price, policy)
    if saving < least:
        return Why(Reason.SAVING_TOO_SMALL, usd_per_hour(saving), usd_per_hour(least))
    brought, cost = gain(here, there), disruption_cost(node, here, there, now)
    if brought <= cost:
        return Why(Reason.NOT_WORTH_IT, f"${brought:.4f}", f"${cost:.4f}")
    if rated.score.total <= stay.score.total:
        return Why(Reason.RANKED_LOWER, _said(rated), _said(stay), "staying")
    return None


def _said(rated: Rated) -> str:
    return f"{rated.score.total:.3f}"
