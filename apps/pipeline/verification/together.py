"""Together: whether pods stand only where something runs that they must stand with."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from apps.pipeline.optimizer.model import Rule, RuleKind, Shape
from apps.pipeline.verification.standing import Host, Standing

DomainOf = Mapping[str, Callable[[Host], str]]


def lonely(standing: Standing, domain_of: DomainOf) -> Iterator[str]:
    """A sentence for each host with pods that find nothing there to stand with."""
    carriers: dict[Rule, list[Host]] = defaultdict(list)
    members: dict[str, list[tuple[Host, Shape]]] = defaultdict(list)
    for host in standing.hosts:
        for shape in host.pods:
            for group in shape.member_of:
                members[group].append((host, shape))
            for rule in shape.rules:
                if rule.kind is RuleKind.TOGETHER:
                    carriers[rule].append(host)
    for rule, hosts in carriers.items():
        domain = domain_of[rule.domain]
        open_to = _open_to(standing, rule, domain, members[rule.group])
        for host in {host.name: host for host in hosts if domain(host) not in open_to}.values():
            yield f"Pods on {host.name} run only with {rule.group} by {rule.domain}, and none is there."


def _open_to(
    standing: Standing, rule: Rule, domain: Callable[[Host], str], members: list[tuple[Host, Shape]]
) -> set[str]:
    """The domains where a carrier may stand.

    Those where the group runs already or is brought by pods that do not carry the rule; and one more, where
    carriers that are members themselves begin a group that ran nowhere.
    """
    zones = standing.problem.placed.get(rule.group, {})
    # Nothing can be placed on a host that is not listed, so a zone among the names of hosts does no harm.
    running = {zone for zone, number in zones.items() if number}
    running |= {domain(host) for host in standing.hosts if host.members.get(rule.group)}
    brought = {domain(host) for host, shape in members if not _carries(shape, rule)}
    begun = {domain(host) for host, _ in members} - running - brought
    return running | brought | (begun if len(begun) == 1 and not running else set())


def _carries(shape: Shape, rule: Rule) -> bool:
    return any((r.kind, r.group, r.domain) == (rule.kind, rule.group, rule.domain) for r in shape.rules)
