"""From a cluster's state to a packing problem."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from apps.fleet.kube.port import SeenPod
from apps.fleet.models import Cluster, NodeTemplate, Policy
from apps.pipeline.decision.model import ON_DEMAND, PoolView
from apps.pipeline.optimizer.model import (
    LIFECYCLE_LABEL,
    ZONE_LABEL,
    Exclusion,
    ExistingNode,
    Limits,
    Offering,
    Pod,
    Problem,
    Unplaced,
)

from .amounts import Resources, asked_by, less, plus, resources_of
from .candidates import Candidates, candidates_of
from .daemons import Overhead, daemon_sets
from .explaining import notes_of
from .grouping import Grouping, grouped
from .headroom import headroom, with_headroom
from .new_nodes import ARCHITECTURE_LABEL, TYPE_LABEL, NewNodes
from .registration import registration_of
from .shaping import Shapes
from .sharing import share_pct
from .sites import Places, Site, places_of
from .spending import hourly_usd, left_of_cap
from .state import ClusterState
from .underway import BOUGHT_OFTEN, Underway, underway
from .workloads import to_on_demand

# What every offering says of itself, whether a pod asks or not.
ALWAYS = frozenset({ZONE_LABEL, LIFECYCLE_LABEL, ARCHITECTURE_LABEL, TYPE_LABEL})
LEAST_COST = 1e-6  # a pool that an overlay makes free still is a node


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
    templates = list(NodeTemplate.objects.filter(cluster=cluster))
    candidates = candidates_of(cluster, templates, state.nodes, now)
    under = under or underway(cluster.pk, now)
    resources = with_headroom(cluster.policy, resources_of(pods))
    new_nodes = NewNodes(
        {template.architecture: registration_of(template) for template in templates},
        state.nodes,
        Overhead(daemon_sets(state.pods, resources), resources),
        resources,
        region=cluster.region,
    )
    places = places_of(state, under, new_nodes, candidates.by_id, resources)
    waiting = [pod for pod in pods if pod.uid not in places.provided]
    grouping = grouped(waiting, places.settled, places.sites)
    offerings = _offerings(candidates, new_nodes)
    shapes = Shapes(
        resources=resources,
        claim_zones=state.claim_zones,
        grouping=grouping,
        sites=places.sites.values(),
        offerings=offerings,
        on_demand=to_on_demand(
            waiting, places.settled, [s.name for s in places.sites.values() if s.lifecycle == ON_DEMAND]
        ),
        bought={uid for uid, times in under.bought.items() if times >= BOUGHT_OFTEN},
    )
    planned, unplaced = _pods(waiting, shapes)
    extra = headroom(cluster.policy, state.pods, resources)
    bill = hourly_usd(under, candidates.pools)
    keys = ALWAYS | {r.key for pod in planned for term in pod.shape.where.terms for r in term}
    on_demand = _on_demand(places.sites.values(), candidates)
    problem = Problem(
        resources=resources,
        pods=(*planned, *extra),
        offerings=[replace(one, labels=_only(keys, one.labels)) for one in offerings],
        nodes=[
            _existing(site, places, grouping, resources, keys) for site in places.sites.values() if site.takes
        ],
        limits=limits or _limits(cluster.policy, bill, on_demand, planned, offerings),
        placed=_placed(places.sites, grouping),
    )
    by_id = {pod_id(pod): pod for pod in waiting}
    notes = notes_of(planned, offerings, problem.nodes, candidates, new_nodes, resources)
    return Gathered(
        problem=problem,
        pools={offer.pool.id: offer.pool for offer in candidates.offers},
        pods={pod.id: by_id[pod.id] for pod in planned},
        unplaced=tuple(unplaced),
        notes=notes,
        provided=frozenset(places.provided),
        bill=bill,
        on_demand=on_demand,
    )


def pod_id(pod: SeenPod) -> str:
    """What a pod is called in a problem and in a plan."""
    return f"{pod.namespace}/{pod.name}"


def _pods(waiting: Iterable[SeenPod], shapes: Shapes) -> tuple[list[Pod], list[Unplaced]]:
    planned, unplaced = [], []
    for pod in waiting:
        shape = shapes.of(pod)
        if isinstance(shape, str):
            unplaced.append(Unplaced(pod_id(pod), Exclusion.SELECTOR, shape))
        else:
            planned.append(Pod(pod_id(pod), shape))
    return planned, unplaced


def _offerings(candidates: Candidates, new_nodes: NewNodes) -> list[Offering]:
    offerings = []
    for offer in candidates.offers:
        pool, new = offer.pool, new_nodes.of(offer.pool)
        offerings.append(
            Offering(
                key=pool.id,
                instance_type=pool.instance_type,
                zone=pool.zone,
                lifecycle=pool.lifecycle,
                cost=max(float(offer.risk_adjusted), LEAST_COST),
                price=float(offer.price),
                capacity=new.capacity,
                labels=new.labels,
                taints=new.taints,
            )
        )
    return offerings


def _existing(
    site: Site, places: Places, grouping: Grouping, resources: Resources, keys: frozenset[str]
) -> ExistingNode:
    taken = site.kept or (0,) * len(resources)
    for pod in places.settled.get(site.name, ()):
        taken = plus(taken, asked_by(pod, resources))
    return ExistingNode(
        name=site.name,
        zone=site.zone,
        lifecycle=site.lifecycle,
        free=less(site.room, taken),
        labels=_only(keys, site.labels),
        taints=site.taints,
        members=dict(grouping.members.get(site.name, {})),
        apart=frozenset(grouping.apart.get(site.name, ())),
    )


def _placed(sites: Mapping[str, Site], grouping: Grouping) -> dict[str, dict[str, int]]:
    """The members that stand where nothing is planned onto, by group and zone."""
    placed: dict[str, Counter[str]] = defaultdict(Counter)
    for name, members in grouping.members.items():
        site = sites.get(name)
        if site is None or not site.takes:
            for group, number in members.items():
                placed[group][site.zone if site is not None else ""] += number
    return {group: dict(zones) for group, zones in placed.items()}


def _on_demand(sites: Iterable[Site], candidates: Candidates) -> OnDemand:
    staying = [site for site in sites if site.takes]
    policy = candidates.policy
    return OnDemand(
        nodes=len(staying),
        on_demand=sum(site.lifecycle == ON_DEMAND for site in staying),
        floor=policy.on_demand_floor,
        share_pct=max(policy.on_demand_floor_pct, policy.storm_share_pct),
    )


def _limits(
    policy: Policy, bill: Decimal, on_demand: OnDemand, pods: Iterable[Pod], offerings: Sequence[Offering]
) -> Limits:
    """The on-demand share is of all nodes, the new ones too: planning asks again once it knows those."""
    return Limits(
        max_pool_share_pct=share_pct(policy.max_pool_share_pct, (pod.shape for pod in pods), offerings),
        min_on_demand_nodes=on_demand.lacking(0),
        max_price_hourly_usd=left_of_cap(policy, bill),
    )


def _only(keys: frozenset[str], labels: Mapping[str, str]) -> dict[str, str]:
    return {key: labels[key] for key in keys & labels.keys()}
