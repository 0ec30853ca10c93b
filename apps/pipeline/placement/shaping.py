"""A pod's shape in the problem, or why it cannot be planned for."""

from collections.abc import Collection, Iterable, Mapping

from apps.fleet.kube.port import SeenPod
from apps.pipeline.optimizer.model import ZONE_LABEL, Offering, Requirement, Shape, Where
from apps.pipeline.verification.eligibility import admits, labels_admit, taints_admit

from .amounts import Resources, asked_by
from .grouping import Grouping
from .neighbours import REGION_LABEL, Group
from .sites import Site
from .state import Claim
from .underway import BOUGHT_OFTEN
from .wheres import narrowed, where_of
from .workloads import ON_DEMAND_NODE

# The scheduler's words where it waits for a volume: a node would not help.
WAITS_FOR_VOLUME = ("persistentvolumeclaim", "PersistentVolumeClaims")


class Shapes:
    """Shapes of pods, made once for those that are alike."""

    def __init__(
        self,
        *,
        resources: Resources,
        claim_zones: Mapping[Claim, frozenset[str]],
        grouping: Grouping,
        sites: Iterable[Site],
        offerings: Iterable[Offering],
        on_demand: Collection[str],
        bought: Collection[str],
    ) -> None:
        self._resources, self._claim_zones, self._grouping = resources, claim_zones, grouping
        self._on_demand, self._bought = on_demand, bought
        self._sites, self._offerings = list(sites), list(offerings)
        self._known: dict[object, Shape] = {}
        self._zones: dict[Where, frozenset[str]] = {}
        self._uncounted: dict[tuple[Group, Where], frozenset[str]] = {}

    def of(self, pod: SeenPod) -> Shape | str:
        """The shape, or a sentence that says why no node is bought for the pod."""
        bonds = self._grouping.bonds[pod.uid]
        more = bonds.more | self._of_claims(pod)
        if pod.uid in self._on_demand:
            more |= {ON_DEMAND_NODE}
        refusal = bonds.refusal or self._refusal(pod, more)
        if refusal:
            return refusal
        asks = asked_by(pod, self._resources)
        alike = (pod.scheduling, asks, bonds.rules, bonds.member_of, more)
        if alike not in self._known:
            where = narrowed(where_of(pod.scheduling), more)
            self._known[alike] = Shape(asks, where, bonds.rules, bonds.member_of)
        shape = self._known[alike]
        return self._refused_by_domains(pod, shape) or shape

    def _of_claims(self, pod: SeenPod) -> frozenset[Requirement]:
        """A volume is reached from its zones alone."""
        zones = (self._claim_zones.get((pod.namespace, claim)) for claim in pod.claims)
        return frozenset(Requirement(ZONE_LABEL, "In", each) for each in zones if each is not None)

    def _refusal(self, pod: SeenPod, more: Iterable[Requirement]) -> str:
        if any(word in pod.refusal for word in WAITS_FOR_VOLUME):
            return f"It waits for a volume, not for a node: {pod.refusal}"
        if any(requirement.key == REGION_LABEL for requirement in more):
            return "A pod that runs already stands apart from it by region."
        if pod.uid in self._bought:
            return (
                f"{BOUGHT_OFTEN} nodes were bought for it within the hour, and the scheduler uses none of "
                f"them: {pod.refusal or 'it does not say why'}"
            )
        return ""

    def _refused_by_domains(self, pod: SeenPod, shape: Shape) -> str:
        bonds = self._grouping.bonds[pod.uid]
        if bonds.min_zones > 1 and bonds.min_zones > len(zones := self._zones_for(shape.where)):
            return f"It is to be spread over at least {bonds.min_zones} zones; it may run in {len(zones)}."
        for group in bonds.spreads:
            if group.domain == ZONE_LABEL and (beyond := self._zones_beyond(group, shape.where)):
                named = ", ".join(sorted(beyond))
                return f"Its spread over zones counts {named} too, where no node may take it."
        return ""

    def _zones_for(self, where: Where) -> frozenset[str]:
        if where not in self._zones:
            offered = {one.zone for one in self._offerings if admits(where, one.labels, one.taints)}
            there = {
                site.zone for site in self._sites if site.takes and admits(where, site.labels, site.taints)
            }
            self._zones[where] = frozenset(offered | there)
        return self._zones[where]

    def _zones_beyond(self, group: Group, where: Where) -> frozenset[str]:
        """Zones that the scheduler counts although pods that ask for `where` cannot go there."""
        alike = (group, where)
        if alike not in self._uncounted:
            counted = {
                site.zone
                for site in self._sites
                if labels_admit(group.counted_on, site.labels)
                and (not group.heeds_taints or taints_admit(group.counted_on, site.taints))
            }
            self._uncounted[alike] = frozenset(counted - self._zones_for(where) - {""})
        return self._uncounted[alike]
