"""Together: whether the pods can arrive in some order so that each finds what it must stand with."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from apps.pipeline.optimizer.model import ZONE_LABEL, Rule, RuleKind, Shape
from apps.pipeline.verification.standing import Host, Standing

DomainOf = Mapping[str, Callable[[Host], str]]
Arrival = tuple[Host, Shape]


class _Present:
    """In which domains members of each group run by now, and where none ran before."""

    def __init__(self, standing: Standing, domain_of: DomainOf) -> None:
        self._domain_of = domain_of
        self._domains: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._begun: set[str] = set()
        for group, zones in standing.problem.placed.items():
            self._domains[ZONE_LABEL, group].update(zone for zone, number in zones.items() if number)
            self._begun |= {group} if any(zones.values()) else set()
        for host in standing.hosts:
            running = {group for group, number in host.members.items() if number}
            self._begun |= running
            self._enter(host, running)

    def _enter(self, host: Host, groups: set[str] | frozenset[str]) -> None:
        for group in groups:
            for label, domain in self._domain_of.items():
                self._domains[label, group].add(domain(host))

    def _unmet(self, host: Host, shape: Shape) -> list[Rule]:
        return [
            rule
            for rule in shape.rules
            if rule.kind is RuleKind.TOGETHER
            and self._domain_of[rule.domain](host) not in self._domains[rule.domain, rule.group]
        ]

    def takes(self, host: Host, shape: Shape) -> bool:
        """Lets pods in where what they must stand with runs."""
        if self._unmet(host, shape):
            return False
        self._enter(host, shape.member_of)
        return True

    def begins_with(self, host: Host, shape: Shape) -> bool:
        """Lets the first of a group in that selects itself and of which none ran before."""
        groups = {rule.group for rule in self._unmet(host, shape)}
        if not groups <= shape.member_of or groups & self._begun:
            return False
        self._begun |= groups
        self._enter(host, shape.member_of)
        return True


def lonely(standing: Standing, domain_of: DomainOf) -> Iterator[str]:
    """A sentence for each host with pods that nothing they must stand with can ever have joined."""
    present = _Present(standing, domain_of)
    waiting = [(host, shape) for host in standing.hosts for shape in host.pods]
    while waiting:
        left = [arrival for arrival in waiting if not present.takes(*arrival)]
        if len(left) == len(waiting):
            left = [arrival for arrival in waiting if not present.begins_with(*arrival)]
        if len(left) == len(waiting):
            break
        waiting = left
    for host, shape in waiting:
        groups = ", ".join(sorted(r.group for r in shape.rules if r.kind is RuleKind.TOGETHER))
        yield f"Pods on {host.name} run only with {groups}, and cannot have found that there."
