"""The check of a bound, from its certificate alone; optimizer.model.Certificate says what is computed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isfinite

from apps.pipeline.optimizer.model import Certificate, Offering, Plan, Problem
from apps.pipeline.verification.classes import Class, ZoneRule, classes_of
from apps.pipeline.verification.partings import least_parting
from apps.pipeline.verification.worth import (
    Demand,
    demand_of,
    most_worth,
    most_worth_of_whole_pods,
    new_node,
    old_node,
)
from apps.pipeline.verification.zone_rules import Counted, counted_by

# What sums of floats may differ by, as a part of the whole.
ROUNDING = 1e-7


def check_bound(problem: Problem, plan: Plan) -> list[str]:
    """Every reason why the plan's bound is not proven, as a sentence; empty where it is."""
    certificate = plan.certificate
    if certificate is None:
        return [] if plan.bound <= 0 else [f"The bound {plan.bound:.6f} comes without a certificate."]
    classes = classes_of(problem, plan)
    if certificate.parted:
        return list(_overstated(plan, certificate, least_parting(problem, classes)))
    counted = counted_by(problem, classes)
    malformed = list(_malformed(problem, certificate, classes, counted))
    if malformed:
        return malformed
    proof = _Proof(problem, certificate, demand_of(classes, len(problem.resources)), counted)
    return [*proof.overpriced(), *_overstated(plan, certificate, proof.bound())]


def _overstated(plan: Plan, certificate: Certificate, bound: float) -> Iterator[str]:
    for whose, said in (("plan", plan.bound), ("certificate", certificate.bound)):
        if not said <= bound + ROUNDING * max(1.0, bound):
            yield f"The {whose} states a bound of {said:.6f}; the certificate proves {bound:.6f}."


def _malformed(
    problem: Problem,
    certificate: Certificate,
    classes: Sequence[Class],
    counted: Mapping[ZoneRule, Counted],
) -> Iterator[str]:
    weights = [*certificate.weights.values(), *certificate.node_weights.values()]
    positive = chain([certificate.alpha], certificate.share_duals.values(), *weights)
    if not all(number >= 0 and isfinite(number) for number in positive):
        yield "Alpha, a weight or a share's dual is negative or no number."
    if not all(map(isfinite, chain(certificate.duals.values(), certificate.zone_duals.values()))):
        yield "A dual is no number."
    if any(len(each) != len(problem.resources) for each in weights):
        yield f"A node's weights are not one for each of the {len(problem.resources)} resources."
    named = set(chain.from_iterable(certificate.exact.values()))
    if not named <= set(range(len(problem.resources))):
        yield "The certificate counts whole pods in a resource that there is not."
    if certificate.share_duals and problem.limits.max_pool_share_pct >= 100:
        yield "Duals price a pool share that is not set."
    keys = {offering.key for offering in problem.offerings}
    if not keys.issuperset(chain(certificate.weights, certificate.share_duals, certificate.exact)):
        yield "The certificate names a pool that is not offered."
    if not set(certificate.duals) <= {each.number for each in classes}:
        yield "The certificate names a class that no pod is of."
    for kind, group in {(kind, group) for kind, group, _ in certificate.zone_duals}:
        if (kind, group) not in counted or not counted[kind, group].usable:
            yield f"The certificate prices a rule that does not hold for all of its group: {kind} of {group}."


@dataclass(frozen=True, slots=True)
class _Proof:
    problem: Problem
    certificate: Certificate
    demand: Demand
    counted: Mapping[ZoneRule, Counted]

    def overpriced(self) -> Iterator[str]:
        """A sentence for each pool whose nodes can carry more worth than they cost."""
        said, share = self.certificate, self.problem.limits.max_pool_share_pct
        shares = sum(said.share_duals.values())
        worth = self._worth_by_zone({offering.zone for offering in self.problem.offerings})
        for offering in self.problem.offerings:
            cost = offering.cost + 100 * said.share_duals.get(offering.key, 0.0) - share * shares
            allowed = cost + ROUNDING * max(abs(cost), offering.cost)
            most = self._most_on(offering, worth[offering.zone], allowed)
            if not most <= allowed:
                yield f"A node of pool {offering.key} may be worth {most:.6f} and costs {cost:.6f}."

    def _most_on(self, offering: Offering, worth: Sequence[float], allowed: float) -> float:
        """Scaled by alpha; whole pods are only counted where the quick bound is above what is allowed."""
        said, place = self.certificate, new_node(offering)
        weights = said.weights.get(offering.key, self._nothing)
        most = said.alpha * most_worth(place, self.demand, worth, weights)
        if most > allowed and offering.key in said.exact:
            whole = said.exact[offering.key]
            return said.alpha * most_worth_of_whole_pods(place, self.demand, worth, weights, whole)
        return most

    def bound(self) -> float:
        """What the certificate proves, in USD an hour, if no pool is overpriced."""
        said = self.certificate
        pods = sum(said.duals.get(each.number, 0.0) * each.placed for each in self.demand.classes)
        by_rule: dict[ZoneRule, dict[str, float]] = defaultdict(dict)
        for (kind, group, zone), dual in said.zone_duals.items():
            by_rule[kind, group][zone] = dual
        rules = sum(self.counted[rule].least(duals) for rule, duals in by_rule.items())
        worth = self._worth_by_zone({node.zone for node in self.problem.nodes})
        nodes = sum(
            most_worth(
                old_node(node),
                self.demand,
                worth[node.zone],
                said.node_weights.get(node.name, self._nothing),
            )
            for node in self.problem.nodes
        )
        return max(0.0, said.alpha * (pods + rules - nodes) - 99 * sum(said.share_duals.values()))

    @property
    def _nothing(self) -> Sequence[float]:
        return (0.0,) * len(self.problem.resources)

    def _worth_by_zone(self, zones: set[str]) -> dict[str, list[float]]:
        """What one pod of each class is worth there."""
        return {zone: self._worth_in(zone) for zone in zones}

    def _worth_in(self, zone: str) -> list[float]:
        worth = [self.certificate.duals.get(each.number, 0.0) for each in self.demand.classes]
        for (kind, group), counted in self.counted.items():
            dual = self.certificate.zone_duals.get((kind, group, zone), 0.0)
            for each in counted.classes:
                worth[each.number] += dual
        return worth
