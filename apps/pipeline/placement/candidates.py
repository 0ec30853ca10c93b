"""Which pools new nodes may be bought from, at what the tenant pays, and why the others are left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from apps.fleet.kube.port import SeenNode
from apps.fleet.models import Cluster, NodeTemplate
from apps.pipeline.decision.account_quotas import quotas_of
from apps.pipeline.decision.filters import risk_filter, static_filters
from apps.pipeline.decision.gathering import policy_view
from apps.pipeline.decision.model import SPOT, Offer, PolicyView, PoolView, Site
from apps.pipeline.decision.overlays import overlays_of
from apps.pipeline.decision.pools import PoolKey, pool_views
from apps.pipeline.decision.reasons import Why
from apps.pipeline.decision.scoring import offer_of

from .new_nodes import ARCHITECTURE_LABEL


@dataclass(frozen=True, slots=True)
class Candidates:
    """`whys` says of each pool that is no candidate why, by its id."""

    policy: PolicyView
    pools: Mapping[PoolKey, PoolView]
    offers: tuple[Offer, ...]
    whys: Mapping[int, Why]

    @property
    def by_id(self) -> dict[int, PoolView]:
        return {pool.id: pool for pool in self.pools.values()}


def candidates_of(
    cluster: Cluster, templates: Iterable[NodeTemplate], nodes: Iterable[SeenNode], now: datetime
) -> Candidates:
    """The pools of a cluster, which comes with its policy joined; five queries.

    A price need not have stood for a while as it must before a node is moved: these pods wait.
    """
    policy = replace(policy_view(cluster.policy), storm_share_pct=cluster.on_demand_share_pct)
    pools = pool_views(cluster.region, frozenset(), overlays_of(cluster.client_id, cluster.region, now))
    site = Site(
        zones={template.architecture: frozenset(template.subnet_by_zone) for template in templates},
        architectures=frozenset(
            node.labels[ARCHITECTURE_LABEL] for node in nodes if ARCHITECTURE_LABEL in node.labels
        ),
        quotas=quotas_of(cluster.account_id, cluster.region),
    )
    static = static_filters(pools.values(), policy, site, now)
    risky = risk_filter((pool for pool in static.passed if pool.lifecycle == SPOT), policy)
    return Candidates(
        policy=policy,
        pools=pools,
        offers=tuple(
            offer_of(pool, pool.price, policy)
            for pool in static.passed
            if pool.price is not None and pool.id not in risky.whys
        ),
        whys={**static.whys, **risky.whys},
    )
