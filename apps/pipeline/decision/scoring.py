"""How good a pool is for a node: four parts in 0..1, weighed by the policy."""

from decimal import Decimal
from typing import NamedTuple

from .model import Offer, PolicyView, PoolView, Room

# What an interruption costs, in hours of the node's price: restarts, and on-demand until spot is found again.
INTERRUPTION_COSTS_HOURS = 3
# A policy that gives the cost no weight still has a price for stability.
LEAST_COST_WEIGHT = 0.05
# Until the service's own latency and errors are measured, no pool is better or worse than another.
NEUTRAL_PERFORMANCE = 0.5


class Score(NamedTuple):
    """Made for every pool that fits a node, thousands of times a decision: a tuple costs a third of a row."""

    cost: float
    stability: float
    performance: float
    capacity: float
    total: float


def offer_of(pool: PoolView, price: Decimal, policy: PolicyView) -> Offer:
    """A pool with its risk-adjusted price: the upper quantile of its risk, as dear as the policy finds it."""
    lean = policy.weight_stability / max(policy.weight_cost, LEAST_COST_WEIGHT)
    factor = 1 + lean * pool.risk_upper * INTERRUPTION_COSTS_HOURS
    return Offer(pool, price, price * Decimal(str(round(factor, 6))))


def score(offer: Offer, need: Room, baseline: Decimal, policy: PolicyView) -> Score:
    """The score of an offer for a node with that need.

    `baseline` is the on-demand price of the node's own type: measured against the offer's type, a node twice
    as large at the same discount would look as cheap.
    """
    # A type that is paid for already costs nothing more on-demand: nothing is cheaper.
    cost = _unit(1 - float(offer.risk_adjusted) / float(baseline)) if baseline else 0.0
    stability = _unit(1 - offer.pool.risk_upper)
    capacity = _free_share(offer.pool.room, need)
    total = (
        policy.weight_cost * cost
        + policy.weight_stability * stability
        + policy.weight_performance * NEUTRAL_PERFORMANCE
        + policy.weight_capacity * capacity
    )
    return Score(cost, stability, NEUTRAL_PERFORMANCE, capacity, total)


def _free_share(room: Room, need: Room) -> float:
    """The scarcer of CPU and memory, as the share of the node that stays free."""
    if not room.cpu_milli or not room.memory_mib:
        return 0.0
    return _unit(min(1 - need.cpu_milli / room.cpu_milli, 1 - need.memory_mib / room.memory_mib))


def _unit(value: float) -> float:
    return 0.0 if value < 0 else 1.0 if value > 1 else value
