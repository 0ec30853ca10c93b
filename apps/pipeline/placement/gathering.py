"""From a cluster's state to a packing problem."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from apps.fleet.kube.port import SeenPod
from apps.fleet.models import Cluster, Policy
from apps.pipeline.decision.model import ON_DEMAND, PoolView
from apps.pipeline.optimizer.model import (
    LIFECYCLE_LABEL,
    ZONE_LABEL,
    Exclusion,
    ExistingNode,
    Limits,
    Pod,
    Problem,
    Unplaced,
)

from .amounts import asked_by, less, plus
from .explaining import notes_of
from .grouping import Grouping
from .headroom import headroom
from .new_nodes import ARCHITECTURE_LABEL, TYPE_LABEL
from .shaping import Shapes
from .sharing import share_pct
from .sites import Site
from .spending import left_of_cap
from .state import ClusterState
from .underway import BOUGHT_OFTEN, Underway, underway
from .viewing import View, view_of
from .workloads import to_on_demand

# What every offering says of itself, whether a pod asks or not.
ALWAYS = frozenset({ZONE_LABEL, LIFECYCLE_LABEL, ARCHITECTURE_LABEL, TYPE_LABEL})


@dataclass(frozen=True, slots=True)
class OnDemand:
    """How many of a cluster's nodes are on-demand, and how many should be: `floor`, or that share of all."""

    nodes: int
    on_demand: int
    floor: int
    share_pct: int

    def lacking(self, new_nodes: int) -> int:
        """How many of `new_nodes` must be on-demand."""
        share = math.ceil((self.nodes + new_nodes) * self.share_pct / 100)
        return max(max(self.floor, share) - self.on_demand, 0)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A problem and what is needed to carry its plan out.

    `pods` are those planned, by the ids that the problem gives them; `unplaced` those that cannot be planned
    for, with the reason; `provided` the uids of those that a launch is under way for. `notes` say what the
    policy has to do with a pod that nothing can hold.
    """

    problem: Problem
    pools: Mapping[int, PoolView]
    pods: Mapping[str, SeenPod]
    unplaced: tuple[Unplaced, ...]
    notes: Mapping[str, str]
    provided: frozenset[str]
    bill: Decimal
    on_demand: OnDemand


def problem_of(
    cluster: Cluster,
    state: ClusterState,
    pods: Sequence[SeenPod],
    *,
    now: datetime,
    limits: Limits | None = None,
    under: Underway | None = None,
) -> Gathered:
    """How `pods` could be placed: on the nodes that are there or under way, and on new ones.

    The cluster comes with its policy joined. `limits` replace the policy's, `under` what the platform's rows
    know to be under way. Eleven queries at most.
    """
    view = view_of(cluster, state, pods, under or underway(cluster.pk, now), now)
    planned, unplaced = _pods(view)
    extra = headroom(cluster.policy, state.pods, view.resources)
    keys = ALWAYS | {r.key for pod in planned for term in pod.shape.where.terms for r in term}
    problem = Problem(
        resources=view.resources,
        pods=(*planned, *extra),
        offerings=[replace(one, labels=_only(keys, one.labels)) for one in view.offerings],
        nodes=[_existing(site, view, keys) for site in view.places.sites.values() if site.takes],
        limits=limits or _limits(cluster.policy, view, planned),
        placed=_placed(view.places.sites, view.grouping),
    )
    by_id = {pod_id(pod): pod for pod in view.waiting}
    return Gathered(
        problem=problem,
        pools={offer.pool.id: offer.pool for offer in view.candidates.offers},
        pods={pod.id: by_id[pod.id] for pod in planned},
        unplaced=tuple(unplaced),
        notes=notes_of(
            planned, view.offerings, problem.nodes, view.candidates, view.new_nodes, view.resources
        ),
        provided=frozenset(view.places.provided),
        bill=view.bill,
        on_demand=_on_demand(view),
    )


def pod_id(pod: SeenPod) -> str:
    """What a pod is called in a problem and in a plan."""
    return f"{pod.namespace}/{pod.name}"


def _pods(view: View) -> tuple[list[Pod], list[Unplaced]]:
    """The pods of the problem, and those that no node is bought for whatever the solver says."""
    places = view.places
    on_demand_sites = [site.name for site in places.sites.values() if site.lifecycle == ON_DEMAND]
    shapes = Shapes(
        resources=view.resources,
        claim_zones=view.state.claim_zones,
        grouping=view.grouping,
        sites=places.sites.values(),
        offerings=view.offerings,
        on_demand=to_on_demand(view.waiting, places.settled, on_demand_sites),
        bought={uid for uid, times in view.under.bought.items() if times >= BOUGHT_OFTEN},
    )
    planned, unplaced = [], []
    for pod in view.waiting:
        shape = shapes.of(pod)
        if isinstance(shape, str):
            unplaced.append(Unplaced(pod_id(pod), Exclusion.SELECTOR, shape))
        else:
            planned.append(Pod(pod_id(pod), shape))
    return planned, unplaced


def _existing(site: Site, view: View, keys: frozenset[str]) -> ExistingNode:
    taken = site.kept or (0,) * len(view.resources)
    for pod in view.places.settled.get(site.name, ()):
        taken = plus(taken, asked_by(pod, view.resources))
    return ExistingNode(
        name=site.name,
        zone=site.zone,
        lifecycle=site.lifecycle,
        free=less(site.room, taken),
        labels=_only(keys, site.labels),
        taints=site.taints,
        members=dict(view.grouping.members.get(site.name, {})),
        apart=frozenset(view.grouping.apart.get(site.name, ())),
    )


def _placed(sites: Mapping[str, Site], grouping: Grouping) -> dict[str, dict[str, int]]:
    """The members that stand where nothing is planned onto, by group and zone."""
    placed: dict[str, Counter[str]] = defaultdict(Counter)
    for name, members in grouping.members.items():
        site = sites.get(name)
        if site is not None and site.zone and not site.takes:
            for group, number in members.items():
                placed[group][site.zone] += number
    return {group: dict(zones) for group, zones in placed.items()}


def _on_demand(view: View) -> OnDemand:
    staying = [site for site in view.places.sites.values() if site.takes]
    policy = view.candidates.policy
    return OnDemand(
        nodes=len(staying),
        on_demand=sum(site.lifecycle == ON_DEMAND for site in staying),
        floor=policy.on_demand_floor,
        share_pct=max(policy.on_demand_floor_pct, policy.storm_share_pct),
    )


def _limits(policy: Policy, view: View, pods: Iterable[Pod]) -> Limits:
    """The on-demand share is of all nodes, the new ones too: planning asks again once it knows those."""
    is_offered = any(one.lifecycle == ON_DEMAND for one in view.offerings)
    return Limits(
        max_pool_share_pct=share_pct(policy.max_pool_share_pct, (pod.shape for pod in pods), view.offerings),
        min_on_demand_nodes=_on_demand(view).lacking(0) if is_offered else 0,
        max_price_hourly_usd=left_of_cap(policy, view.bill),
    )


def _only(keys: frozenset[str], labels: Mapping[str, str]) -> dict[str, str]:
    return {key: labels[key] for key in keys & labels.keys()}
