"""How pods stand to one another: spread, together, apart, over zones and over hosts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from apps.pipeline.optimizer.model import HOST_LABEL, ZONE_LABEL, Rule, RuleKind, Shape
from apps.pipeline.verification.domains import spread_zones
from apps.pipeline.verification.standing import Host, Standing
from apps.pipeline.verification.together import lonely

DOMAIN_OF: Mapping[str, Callable[[Host], str]] = {
    ZONE_LABEL: attrgetter("zone"),
    HOST_LABEL: attrgetter("name"),
}


@dataclass(frozen=True, slots=True)
class Census:
    """How many members of each group stand in each zone and on each host, new and old together."""

    by_zone: Mapping[str, Counter[str]]
    by_host: Mapping[str, Counter[str]]
    spread_over: Mapping[str, frozenset[str]]

    def counts(self, rule: Rule) -> Counter[str]:
        return (self.by_zone if rule.domain == ZONE_LABEL else self.by_host)[rule.group]


def rules_broken(standing: Standing) -> Iterator[str]:
    """A sentence for each host where a pod stands against its own rule, or against one of a pod there."""
    census = _census(standing)
    return chain(
        (
            sentence
            for host, shape in standing.carriers()
            for rule in shape.rules
            if rule.kind in CHECKS
            for sentence in CHECKS[rule.kind](rule, shape, host, census)
        ),
        _disturbed(standing),
        lonely(standing, DOMAIN_OF),
    )


def _census(standing: Standing) -> Census:
    by_zone: dict[str, Counter[str]] = defaultdict(Counter)
    by_host: dict[str, Counter[str]] = defaultdict(Counter)
    for group, zones in standing.problem.placed.items():
        by_zone[group].update(zones)
    for host in standing.hosts:
        here = Counter(host.members)
        for shape, number in host.pods.items():
            here.update(dict.fromkeys(shape.member_of, number))
        for group, number in here.items():
            by_zone[group][host.zone] += number
            by_host[group][host.name] += number
    return Census(by_zone, by_host, spread_zones(standing.problem))


def _crowded(rule: Rule, shape: Shape, host: Host, census: Census) -> Iterator[str]:
    """Spread. A zone that holds too many of old is no fault of the plan's until it adds a carrier there."""
    counts = census.counts(rule)
    here = counts[DOMAIN_OF[rule.domain](host)]
    # A new and empty host can always be had; a new zone cannot.
    zones = census.spread_over[rule.group] if rule.domain == ZONE_LABEL else ()
    least = min((counts[zone] for zone in zones), default=0)
    if here - least > rule.skew:
        yield (
            f"{here} of {rule.group} stand where {host.name} stands by {rule.domain} and {least} "
            f"elsewhere; {rule.skew} more are allowed."
        )


def _too_close(rule: Rule, shape: Shape, host: Host, census: Census) -> Iterator[str]:
    others = census.counts(rule)[DOMAIN_OF[rule.domain](host)] - (rule.group in shape.member_of)
    if others > 0:
        yield f"A pod on {host.name} stands apart from {rule.group} by {rule.domain}; {others} are beside it."


CHECKS: Mapping[RuleKind, Callable[[Rule, Shape, Host, Census], Iterator[str]]] = {
    RuleKind.SPREAD: _crowded,
    RuleKind.APART: _too_close,
}


def _disturbed(standing: Standing) -> Iterator[str]:
    """Pods that run already may stand apart from those that come."""
    for host in standing.hosts:
        for group in host.apart:
            if any(group in shape.member_of for shape in host.pods):
                yield f"{host.name} runs a pod that stands apart from {group}, and is given one of it."
