"""Whether what a plan says of an unplaced pod can be true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from apps.pipeline.optimizer.model import (
    Amounts,
    Exclusion,
    ExistingNode,
    Limits,
    Offering,
    Problem,
    RuleKind,
    Shape,
    Unplaced,
)
from apps.pipeline.verification.eligibility import labels_admit, taints_admit
from apps.pipeline.verification.money import ROUNDING_USD
from apps.pipeline.verification.standing import Standing

RULES = {
    Exclusion.SPREAD: RuleKind.SPREAD,
    Exclusion.TOGETHER: RuleKind.TOGETHER,
    Exclusion.APART: RuleKind.APART,
}
BY_ITSELF = (Exclusion.SELECTOR, Exclusion.TAINT, Exclusion.TOO_LARGE)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of every pod of a shape.

    `excluded` is what keeps it from all nodes, old and new, others apart; `takers` could be bought for it;
    `kinds` are those of the rules that concern it, its own or another's.
    """

    excluded: Exclusion | None
    takers: Sequence[Offering]
    kinds: frozenset[RuleKind]


def reasons_wrong(standing: Standing) -> Iterator[str]:
    """A sentence for each unplaced pod whose reason cannot be the one, or has no sentence."""
    left = [entry for entry in standing.plan.unplaced if entry.pod in standing.unplaced]
    avoided = _avoided(standing.problem) if left else frozenset()
    # A member is counted by the spreads of others, whether or not it carries one.
    spread = frozenset(
        rule.group
        for shape in {pod.shape for pod in standing.problem.pods}
        for rule in shape.rules
        if rule.kind is RuleKind.SPREAD
    )
    facts = {
        shape: _facts(standing.problem, shape, avoided, spread) for shape in set(standing.unplaced.values())
    }
    spent = sum(offering.price for offering in standing.bought)
    for entry in left:
        if not entry.detail.strip():
            yield f"Pod {entry.pod} is unplaced without a sentence."
        why_not = _why_not(entry, facts[standing.unplaced[entry.pod]], standing.problem, spent=spent)
        if why_not:
            yield f"Pod {entry.pod} is said to be excluded by {entry.because}, but {why_not}."


def _why_not(entry: Unplaced, facts: Facts, problem: Problem, *, spent: float) -> str | None:
    limits = problem.limits
    match entry.because:
        case Exclusion.NO_POOL:
            return "pools are offered" if problem.offerings else None
        case because if facts.excluded not in (None, because):
            return f"{facts.excluded} excludes it first"
        case because if because in BY_ITSELF and facts.excluded is None and facts.takers:
            return f"pool {facts.takers[0].key} takes it"
        case because if because in RULES and RULES[because] not in facts.kinds:
            return "no such rule concerns it"
        case Exclusion.POOL_SHARE if limits.max_pool_share_pct >= 100:
            return "no share is set"
        case Exclusion.CAP:
            return _why_not_capped(facts, limits, spent=spent)
    return None


def _why_not_capped(facts: Facts, limits: Limits, *, spent: float) -> str | None:
    cap = limits.max_price_hourly_usd
    if cap is None:
        return "no cap is set"
    left = cap - spent - ROUNDING_USD
    if (
        not facts.kinds
        and not limits.min_on_demand_nodes  # the next node may have to be one of the dearer
        and limits.max_pool_share_pct >= 100
        and any(taker.price < left for taker in facts.takers)
    ):
        return f"{left:.6f} USD an hour are left for it"
    return None


def _facts(problem: Problem, shape: Shape, avoided: frozenset[str], spread: frozenset[str]) -> Facts:
    kinds = {rule.kind for rule in shape.rules}
    kinds |= {RuleKind.APART} if avoided & shape.member_of else set()
    kinds |= {RuleKind.SPREAD} if spread & shape.member_of else set()
    takers = [
        offering
        for offering in problem.offerings
        if labels_admit(shape.where, offering.labels)
        and taints_admit(shape.where, offering.taints)
        and _holds(offering.capacity, shape)
    ]
    return Facts(_excluded(problem, shape), takers, frozenset(kinds))


def _excluded(problem: Problem, shape: Shape) -> Exclusion | None:
    rooms: list[tuple[Offering | ExistingNode, Amounts]] = [
        *((pool, pool.capacity) for pool in problem.offerings),
        *((node, node.free) for node in problem.nodes),
    ]
    by_labels = [(place, room) for place, room in rooms if labels_admit(shape.where, place.labels)]
    tolerated = [(place, room) for place, room in by_labels if taints_admit(shape.where, place.taints)]
    if not by_labels:
        return Exclusion.SELECTOR
    if not tolerated:
        return Exclusion.TAINT
    return None if any(_holds(room, shape) for _, room in tolerated) else Exclusion.TOO_LARGE


def _holds(room: Amounts, shape: Shape) -> bool:
    return all(asked <= had for asked, had in zip(shape.requests, room, strict=True))


def _avoided(problem: Problem) -> frozenset[str]:
    """The groups that some pod, old or new, stands apart from."""
    rules = chain.from_iterable(pod.shape.rules for pod in problem.pods)
    new = {rule.group for rule in rules if rule.kind is RuleKind.APART}
    return frozenset(new.union(*(node.apart for node in problem.nodes)))
