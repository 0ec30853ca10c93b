"""Where pods are, or will be without further purchases: nodes, and machines that are on their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.fleet.kube.port import DISRUPTION_TAINT, SeenNode, SeenPod
from apps.fleet.models import Instance, Launch, Switch
from apps.pipeline.decision.model import ON_DEMAND, SPOT, PoolView
from apps.pipeline.optimizer.model import HOST_LABEL, LIFECYCLE_LABEL, ZONE_LABEL, Amounts, Taint

from .amounts import Resources, asked_by, offered_by, plus
from .new_nodes import CAPACITY_LABEL, NewNodes
from .registration import KEEPS_AWAY
from .state import ClusterState
from .underway import Underway
from .wheres import NAME_LABEL

# A node that has just joined carries these until it is Ready.
STARTING = ("node.kubernetes.io/not-ready", "node.cloudprovider.kubernetes.io/uninitialized")


@dataclass(frozen=True, slots=True)
class Site:
    """A node that is there, or will be: a launch, or the replacement of a switch.

    `takes` says whether pods may be planned onto it; of one that leaves, its pods are counted and no more.
    `room` is what all of its pods share, `kept` what of it is kept for pods that are still elsewhere.
    """

    name: str
    zone: str
    lifecycle: str
    room: Amounts
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: frozenset[Taint] = frozenset()
    takes: bool = True
    kept: Amounts = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Sites by name; the pods that have one, by its name; and who is provided for by a launch, by uid."""

    sites: Mapping[str, Site]
    settled: Mapping[str, Sequence[SeenPod]]
    provided: Mapping[str, str]


def launch_site(launch: Launch) -> str:
    return f"launch/{launch.pk}"


def places_of(
    state: ClusterState,
    under: Underway,
    new_nodes: NewNodes,
    pools: Mapping[int, PoolView],
    resources: Resources,
) -> Places:
    """Where the pods of a cluster are and will be, as its nodes and the platform's rows say."""
    return _Placing(state, under, new_nodes, pools, resources).places()


class _Placing:
    def __init__(
        self,
        state: ClusterState,
        under: Underway,
        new_nodes: NewNodes,
        pools: Mapping[int, PoolView],
        resources: Resources,
    ) -> None:
        self._state, self._under, self._new_nodes = state, under, new_nodes
        self._pools, self._resources = pools, resources
        self._nodes = {node.name: node for node in state.nodes}
        self._nothing: Amounts = (0,) * len(resources)
        self._sites: dict[str, Site] = {}
        self._settled: dict[str, list[SeenPod]] = {}
        self._provided: dict[str, str] = {}

    def places(self) -> Places:
        for pod in self._state.pods:
            if pod.node_name:
                self._settled.setdefault(pod.node_name, []).append(pod)
        kept = {self._site_of_switch(switch): self._leaving_with(switch) for switch in self._under.switches}
        waiting = {pod.uid: pod for pod in self._state.pods if not pod.node_name}
        coming = {self._site_of_launch(launch): launch for launch in self._under.launches}
        for name, node in self._nodes.items():
            self._sites[name] = self._of_node(node, kept.get(name, self._nothing), is_coming=name in coming)
        for name, launch in coming.items():
            self._expect(name, launch.pool_id or launch.candidates[0], self._nothing)
            for uid in (pod["uid"] for pod in launch.pods):
                if uid in waiting and name in self._sites:
                    self._provided[uid] = name
                    self._settled.setdefault(name, []).append(waiting[uid])
        for switch in self._under.switches:
            name = self._site_of_switch(switch)
            if switch.to_pool_id is not None:
                self._expect(name, switch.to_pool_id, kept[name])
        return Places(self._sites, self._settled, self._provided)

    def _site_of_launch(self, launch: Launch) -> str:
        return self._joined(launch.instance) or launch_site(launch)

    def _site_of_switch(self, switch: Switch) -> str:
        return self._joined(switch.new_instance) or f"switch/{switch.pk}"

    def _joined(self, instance: Instance | None) -> str:
        name = instance.node_name if instance is not None else ""
        return name if name in self._nodes else ""

    def _leaving_with(self, switch: Switch) -> Amounts:
        """What a replacement is wanted for: the pods that are on the old node yet."""
        total = self._nothing
        for pod in self._settled.get(switch.old_instance.node_name, ()):
            if not pod.is_daemon and not pod.is_mirror:
                total = plus(total, asked_by(pod, self._resources))
        return total

    def _of_node(self, node: SeenNode, kept: Amounts, *, is_coming: bool) -> Site:
        instance = self._under.by_node.get(node.name)
        leaves = instance is not None and (
            instance.pk in self._under.leaving or instance.interruption_at is not None
        )
        taints = {taint.key for taint in node.taints}
        zone = node.labels.get(ZONE_LABEL, instance.zone if instance is not None else "")
        lifecycle = instance.lifecycle if instance is not None else lifecycle_said(node.labels)
        return Site(
            name=node.name,
            zone=zone,
            lifecycle=lifecycle,
            room=offered_by(node, self._resources),
            labels={LIFECYCLE_LABEL: lifecycle, HOST_LABEL: node.name, **node.labels, NAME_LABEL: node.name},
            taints=_lasting(node, is_coming),
            # Without a zone nobody can tell which rules it would break.
            takes=(node.ready or is_coming)
            and zone != ""
            and not (node.unschedulable or leaves or DISRUPTION_TAINT in taints),
            kept=kept,
        )

    def _expect(self, name: str, pool_id: int, kept: Amounts) -> None:
        """A machine that is no node yet is as its pool says."""
        pool = self._pools.get(pool_id)
        if name in self._nodes or pool is None:
            return
        new = self._new_nodes.of(pool)
        self._sites[name] = Site(
            name=name,
            zone=pool.zone,
            lifecycle=pool.lifecycle,
            room=new.capacity,
            labels={**new.labels, HOST_LABEL: name},
            taints=new.taints,
            kept=kept,
        )


def lifecycle_said(labels: Mapping[str, str]) -> str:
    """What a node's labels say of its lifecycle; on-demand where they say nothing."""
    said = (labels.get(key, "") for key in (LIFECYCLE_LABEL, CAPACITY_LABEL, "karpenter.sh/capacity-type"))
    return SPOT if any(word.lower() == SPOT for word in said) else ON_DEMAND


def _lasting(node: SeenNode, is_coming: bool) -> frozenset[Taint]:
    return frozenset(
        Taint(taint.key, taint.value, taint.effect)
        for taint in node.taints
        if taint.effect in KEEPS_AWAY and not (is_coming and taint.key in STARTING)
    )
