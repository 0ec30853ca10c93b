"""A cluster as its rows and objects say it is, read once for one problem."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.fleet.kube.port import SeenPod
from apps.fleet.models import Cluster, NodeTemplate
from apps.pipeline.optimizer.model import Offering

from .amounts import Resources, resources_of
from .candidates import Candidates, candidates_of
from .daemons import Overhead, daemon_sets
from .grouping import Grouping, grouped
from .headroom import with_headroom
from .new_nodes import NewNodes
from .registration import registration_of
from .sites import Places, places_of
from .spending import hourly_usd
from .state import ClusterState
from .underway import Underway

LEAST_COST = 1e-6  # a pool that an overlay makes free still is a node


@dataclass(frozen=True, slots=True)
class View:
    """`waiting` are the pods to plan for: those asked about, without those that nodes are bought for."""

    state: ClusterState
    under: Underway
    candidates: Candidates
    resources: Resources
    new_nodes: NewNodes
    offerings: Sequence[Offering]
    places: Places
    waiting: Sequence[SeenPod]
    grouping: Grouping
    bill: Decimal


def view_of(
    cluster: Cluster, state: ClusterState, pods: Sequence[SeenPod], under: Underway, now: datetime
) -> View:
    templates = list(NodeTemplate.objects.filter(cluster=cluster))
    candidates = candidates_of(cluster, templates, state.nodes, now)
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
    return View(
        state=state,
        under=under,
        candidates=candidates,
        resources=resources,
        new_nodes=new_nodes,
        offerings=_offerings(candidates, new_nodes),
        places=places,
        waiting=waiting,
        grouping=grouped(waiting, places.settled, places.sites),
        bill=hourly_usd(under, candidates.pools),
    )


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
