"""What a pod asks of other pods, as groups and rules of the problem, or why that cannot be planned for."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from apps.fleet.kube.port import SeenPod
from apps.fleet.kube.scheduling import PodRule, SpreadRule
from apps.pipeline.optimizer.model import HOST_LABEL, ZONE_LABEL, RuleKind, Where

from .picks import Pick, by_name, narrowed, pick_of
from .wheres import SAME_LABEL, terms_of, tolerations_of

REGION_LABEL = "topology.kubernetes.io/region"
PLANNED_DOMAINS = (ZONE_LABEL, HOST_LABEL)


@dataclass(frozen=True, slots=True)
class Group:
    """The pods that all of `picks` pick, or that want `port` of their node for themselves.

    A spread counts those on nodes whose labels `counted_on` admits, and whose taints too where it says so.
    """

    kind: RuleKind
    domain: str
    picks: frozenset[Pick] = frozenset()
    port: str = ""
    counted_on: Where = Where()
    heeds_taints: bool = False

    def __str__(self) -> str:
        return f"port {self.port}" if self.port else " and ".join(sorted(map(str, self.picks)))


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule of a pod. `min_domains`: over at least so many it is to be spread."""

    group: Group
    skew: int = 1
    min_domains: int = 1


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """`apart` is whom it keeps away; `refusal` says why the rules cannot be planned for, if they cannot."""

    asked: tuple[Asked, ...] = ()
    apart: tuple[Group, ...] = ()
    refusal: str = ""


NOBODY = Neighbourhood()


class Neighbours:
    """Reads pods' rules about one another, once for all pods that ask the same."""

    def __init__(self, namespaces: Collection[str]) -> None:
        self._namespaces = namespaces
        self._known: dict[tuple[object, ...], Neighbourhood] = {}

    def of(self, pod: SeenPod) -> Neighbourhood:
        rules = pod.scheduling
        if not (rules.spreads or rules.together or rules.apart or pod.host_ports):
            return NOBODY
        keys = _own_labels(rules.spreads) | _own_labels(rules.together) | _own_labels(rules.apart)
        alike = (
            pod.namespace,
            rules,
            pod.host_ports,
            tuple((key, pod.labels.get(key)) for key in sorted(keys)),
        )
        if alike not in self._known:
            self._known[alike] = self._read(pod)
        return self._known[alike]

    def _read(self, pod: SeenPod) -> Neighbourhood:
        apart = tuple(self._apart(pod))
        together = self._together(pod) if pod.scheduling.together else []
        if isinstance(together, str):
            return Neighbourhood((), apart, together)
        asked = (
            *(one for rule in pod.scheduling.spreads if (one := _spread(rule, pod)) is not None),
            *map(Asked, apart),
            *(Asked(Group(RuleKind.APART, HOST_LABEL, port=port)) for port in sorted(pod.host_ports)),
            *together,
        )
        for one in asked:
            if one.group.domain not in (*PLANNED_DOMAINS, REGION_LABEL):
                return Neighbourhood((), apart, _not_planned(one.group))
        return Neighbourhood(asked, apart)

    def _apart(self, pod: SeenPod) -> Iterator[Group]:
        for rule in pod.scheduling.apart:
            pick = pick_of(rule, pod, self._namespaces)
            if pick is not None:
                yield Group(RuleKind.APART, domain_of(rule.domain), frozenset({pick}))

    def _together(self, pod: SeenPod) -> list[Asked] | str:
        """The scheduler looks for pods that every term picks, in each of the terms' domains."""
        picks, domains = set(), set()
        for rule in pod.scheduling.together:
            pick = pick_of(rule, pod, self._namespaces)
            if pick is None:
                return "Its pod affinity selects no pods, so no node can meet it."
            if rule.namespace_selector and not by_name(rule.namespace_selector):
                return "Its pod affinity selects namespaces by their labels, which are not read."
            picks.add(pick)
            domains.add(domain_of(rule.domain))
        return [Asked(Group(RuleKind.TOGETHER, domain, frozenset(picks))) for domain in sorted(domains)]


def domain_of(key: str) -> str:
    return SAME_LABEL.get(key, key)


def _own_labels(rules: Iterable[SpreadRule | PodRule]) -> set[str]:
    mismatched = {key for rule in rules if isinstance(rule, PodRule) for key in rule.mismatch_label_keys}
    return {key for rule in rules for key in rule.match_label_keys} | mismatched


def _spread(rule: SpreadRule, pod: SeenPod) -> Asked | None:
    """None where the constraint counts nobody, so that it never forbids."""
    selector = narrowed(rule.selector, pod, rule.match_label_keys)
    if selector is None:
        return None
    group = Group(
        RuleKind.SPREAD,
        domain_of(rule.domain),
        frozenset({Pick(frozenset({pod.namespace}), selector)}),
        counted_on=Where(
            () if rule.every_node else terms_of(pod.scheduling),
            frozenset() if rule.every_taint else tolerations_of(pod.scheduling),
        ),
        heeds_taints=not rule.every_taint,
    )
    return Asked(group, rule.max_skew, rule.min_domains)


def _not_planned(group: Group) -> str:
    words = {
        RuleKind.SPREAD: "is to be spread over",
        RuleKind.TOGETHER: "must stand with others by",
        RuleKind.APART: "must stand apart from others by",
    }
    return f"It {words[group.kind]} {group.domain}; only zones and hosts are planned for."
