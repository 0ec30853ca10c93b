"""Who belongs to which group, where its members stand, and which rules each pod carries."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from apps.fleet.kube.port import SeenPod
from apps.pipeline.optimizer.model import HOST_LABEL, Requirement, Rule, RuleKind
from apps.pipeline.verification.eligibility import labels_admit, taints_admit

from .neighbours import REGION_LABEL, Asked, Group, Neighbours
from .picks import PodIndex
from .sites import Site


@dataclass(frozen=True, slots=True)
class Bonds:
    """What other pods mean for one that is to be placed."""

    rules: frozenset[Rule] = frozenset()
    member_of: frozenset[str] = frozenset()
    more: frozenset[Requirement] = frozenset()
    min_zones: int = 1
    spreads: tuple[Group, ...] = ()
    refusal: str = ""


@dataclass(slots=True)
class Grouping:
    """Bonds by uid; by site, the members of each group there and the groups kept away from it."""

    bonds: dict[str, Bonds] = field(default_factory=dict)
    members: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    apart: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def grouped(
    pods: Sequence[SeenPod], settled: Mapping[str, Sequence[SeenPod]], sites: Mapping[str, Site]
) -> Grouping:
    """The groups that matter to `pods`; `settled` are the pods that have a place already, by site."""
    return _Reading(pods, settled, sites).read()


class _Reading:
    def __init__(
        self, pods: Sequence[SeenPod], settled: Mapping[str, Sequence[SeenPod]], sites: Mapping[str, Site]
    ) -> None:
        self._pods, self._settled, self._sites = pods, settled, sites
        self._site_of = {pod.uid: name for name, there in settled.items() for pod in there}
        self._found = Grouping()
        self._names: dict[Group, str] = {}
        self._member_of: dict[str, set[str]] = defaultdict(set)
        self._more: dict[str, set[Requirement]] = defaultdict(set)

    def read(self) -> Grouping:
        everyone = [*self._pods, *(pod for there in self._settled.values() for pod in there)]
        index = PodIndex(everyone)
        neighbours = Neighbours(index.namespaces)
        hoods = {pod.uid: neighbours.of(pod) for pod in self._pods}
        carried = dict.fromkeys(one.group for hood in hoods.values() for one in hood.asked)
        picked = {group: self._picked(group, index, everyone) for group in carried}
        for group, members in picked.items():
            self._count(group, members)
        self._heed_settled(neighbours)
        for pod in self._pods:
            hood = hoods[pod.uid]
            refusal = hood.refusal or _refused_by_region(pod, hood.asked, picked)
            self._found.bonds[pod.uid] = self._bonds(pod, hood.asked, refusal)
        return self._found

    def _picked(self, group: Group, index: PodIndex, everyone: Iterable[SeenPod]) -> list[SeenPod]:
        if group.port:
            return [pod for pod in everyone if group.port in pod.host_ports]
        found = index.picked(group.picks)
        # The scheduler's spread does not count those that are on their way out.
        return [pod for pod in found if not pod.terminating] if group.kind is RuleKind.SPREAD else found

    def _count(self, group: Group, members: Iterable[SeenPod]) -> None:
        name = self._name(group)
        for pod in members:
            site = self._site_of.get(pod.uid)
            if site is None:
                self._member_of[pod.uid].add(name)
            elif self._counts_on(group, self._sites.get(site)):
                self._found.members[site][name] += 1

    def _counts_on(self, group: Group, site: Site | None) -> bool:
        if group.kind is not RuleKind.SPREAD or site is None:
            return True
        return labels_admit(group.counted_on, site.labels) and (
            not group.heeds_taints or taints_admit(group.counted_on, site.taints)
        )

    def _heed_settled(self, neighbours: Neighbours) -> None:
        """Pods that have a place keep others away from it, whether or not those mind."""
        kept: dict[Group, set[str]] = defaultdict(set)
        for name, there in self._settled.items():
            for pod in there:
                if pod.scheduling.apart:
                    for group in neighbours.of(pod).apart:
                        kept[group].add(name)
        if not kept:
            return
        waiting = PodIndex(self._pods)
        for group, names in kept.items():
            members = waiting.picked(group.picks)
            if members:
                self._keep_away(group, members, names)

    def _keep_away(self, group: Group, members: Iterable[SeenPod], names: Collection[str]) -> None:
        if group.domain == HOST_LABEL:
            name = self._name(group)
            for site in names:
                self._found.apart[site].add(name)
            for pod in members:
                self._member_of[pod.uid].add(name)
            return
        labels = (self._sites[site].labels.get(group.domain) for site in names if site in self._sites)
        values = frozenset(value for value in labels if value is not None)
        if values:
            for pod in members:
                self._more[pod.uid].add(Requirement(group.domain, "NotIn", values))

    def _bonds(self, pod: SeenPod, asked: Iterable[Asked], refusal: str) -> Bonds:
        planned = [one for one in asked if one.group.domain != REGION_LABEL]
        return Bonds(
            rules=frozenset(
                Rule(one.group.kind, self._names[one.group], one.group.domain, one.skew) for one in planned
            ),
            member_of=frozenset(self._member_of.get(pod.uid, ())),
            more=frozenset(self._more.get(pod.uid, ())),
            min_zones=max((o.min_domains for o in planned if o.group.domain != HOST_LABEL), default=1),
            spreads=tuple(o.group for o in planned if o.group.kind is RuleKind.SPREAD),
            refusal=refusal,
        )

    def _name(self, group: Group) -> str:
        """Readable, and of this group alone."""
        if group not in self._names:
            taken = set(self._names.values())
            names = (f"{group}{f' ({number})' if number > 1 else ''}" for number in count(1))
            self._names[group] = next(name for name in names if name not in taken)
        return self._names[group]


def _refused_by_region(
    pod: SeenPod, asked: Iterable[Asked], picked: Mapping[Group, Sequence[SeenPod]]
) -> str:
    """A cluster's nodes are all of one region: a rule over regions holds everywhere or nowhere."""
    for one in asked:
        if one.group.domain != REGION_LABEL:
            continue
        others = [member for member in picked[one.group] if member.uid != pod.uid]
        if one.group.kind is RuleKind.APART and others:
            return (
                f"It must stand apart from {one.group} by region, and {len(others)} of them are in this one."
            )
        if one.group.kind is RuleKind.TOGETHER and not picked[one.group]:
            return f"It must stand with {one.group}, and none of them runs."
    return ""
