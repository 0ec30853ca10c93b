"""What the zone rules say of the least that a certificate's zone duals can sum up to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.pipeline.optimizer.model import Problem, RuleKind
from apps.pipeline.verification.classes import Class, ZoneRule
from apps.pipeline.verification.domains import spread_zones

Duals = Mapping[str, float]  # by zone


@dataclass(frozen=True, slots=True)
class Counted:
    """A zone rule with the classes that it counts and where it lets them stand."""

    rule: ZoneRule
    classes: Sequence[Class]
    already: Counter[str]  # members of the group by zone
    zones: Iterable[str]
    skew: int
    usable: bool

    @property
    def total(self) -> int:
        return sum(each.placed for each in self.classes)

    def least(self, duals: Duals) -> float:
        """The smallest sum of the duals over the counts that the rule allows; 0 where it allows none."""
        match self.rule[0]:
            case RuleKind.SPREAD:
                return self._least_spread(duals)
            case RuleKind.TOGETHER:
                running = [zone for zone, number in self.already.items() if number]
                return self.total * min((duals.get(zone, 0.0) for zone in running or self.zones), default=0.0)
            case RuleKind.APART:
                free = sorted(duals.get(zone, 0.0) for zone in self.zones if not self.already[zone])
                return sum(free[: self.total]) if len(free) >= self.total else 0.0

    def _least_spread(self, duals: Duals) -> float:
        """For each level of the emptiest zone fill the box from the cheapest zones; take the least."""
        cheapest_first = sorted(self.zones, key=lambda zone: duals.get(zone, 0.0))
        sums = []
        for level in range(self.total + max(self.already.values(), default=0) + 1):
            low = {zone: max(0, level - self.already[zone]) for zone in cheapest_first}
            high = {zone: max(0, level + self.skew - self.already[zone]) for zone in cheapest_first}
            left = self.total - sum(low.values())
            if left < 0:
                break
            if sum(high.values()) < self.total:
                continue
            cost = 0.0
            for zone in cheapest_first:
                more = min(left, high[zone] - low[zone])
                left -= more
                cost += duals.get(zone, 0.0) * (low[zone] + more)
            sums.append(cost)
        return min(sums, default=0.0)


def counted_by(problem: Problem, classes: Sequence[Class]) -> dict[ZoneRule, Counted]:
    """Every zone rule that some pod carries."""
    rules = {(rule.kind, rule.group) for each in classes for rule in each.zone_rules()}
    concerned: dict[str, list[Class]] = defaultdict(list)
    for each in classes:
        for group in each.shape.member_of | {rule.group for rule in each.zone_rules()}:
            concerned[group].append(each)
    spread_over = spread_zones(problem)
    everywhere = frozenset(o.zone for o in problem.offerings) | {node.zone for node in problem.nodes}
    return {
        (kind, group): _counted(
            (kind, group),
            concerned[group],
            _already(problem, group),
            spread_over[group] if kind is RuleKind.SPREAD else everywhere,
        )
        for kind, group in rules
    }


def _counted(
    rule: ZoneRule, concerned: Sequence[Class], already: Counter[str], zones: frozenset[str]
) -> Counted:
    kind, group = rule
    carriers = [each for each in concerned if each.carries(kind, group)]
    members = [each for each in concerned if group in each.shape.member_of]
    skews = [r.skew for each in carriers for r in each.zone_rules() if (r.kind, r.group) == rule]
    classes = {
        RuleKind.SPREAD: members,
        RuleKind.TOGETHER: carriers,
        RuleKind.APART: [each for each in carriers if group in each.shape.member_of],
    }
    everyone = all(each.carries(kind, group) for each in members if each.placed)
    usable = kind is RuleKind.APART or everyone
    return Counted(rule, classes[kind], already, zones, max(skews), usable)


def _already(problem: Problem, group: str) -> Counter[str]:
    already = Counter(problem.placed.get(group, {}))
    for node in problem.nodes:
        already[node.zone] += node.members.get(group, 0)
    return already
