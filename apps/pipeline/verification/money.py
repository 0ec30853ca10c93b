"""A plan's own figures: what it says of its cost, its price, its bound and its gap."""

from collections.abc import Iterator

from apps.pipeline.verification.standing import Standing

# Sums of the same floats in another order differ by less.
ROUNDING_USD = 1e-6


def same(one: float, other: float) -> bool:
    """Equal but for rounding; nothing is the same as NaN."""
    return abs(one - other) <= ROUNDING_USD


def sums_wrong(standing: Standing) -> Iterator[str]:
    """A sentence for each figure that does not follow from the nodes bought."""
    plan = standing.plan
    cost = sum(offering.cost for offering in standing.bought)
    price = sum(offering.price for offering in standing.bought)
    if not same(plan.cost, cost):
        yield f"The plan says a cost of {plan.cost:.6f}; its nodes cost {cost:.6f}."
    if not same(plan.price, price):
        yield f"The plan says a price of {plan.price:.6f}; its nodes are priced {price:.6f}."
    if not -ROUNDING_USD <= plan.bound <= plan.cost + ROUNDING_USD:
        yield f"The bound {plan.bound:.6f} is not between 0 and the cost {plan.cost:.6f}."
    gap = (plan.cost - plan.bound) / plan.cost if plan.cost else 0.0
    if not same(plan.gap, gap):
        yield f"The plan says a gap of {plan.gap:.6f}; cost and bound make it {gap:.6f}."
    if not 0 <= plan.first.seconds <= plan.seconds:
        yield f"The first plan came after {plan.first.seconds:.3f} s, the answer after {plan.seconds:.3f} s."
