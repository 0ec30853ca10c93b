"""Reading a cluster's rows into what a decision is made of, in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q

from apps.fleet.models import Cluster, Instance, NodeGroup, NodeTemplate, Policy
from apps.fleet.statuses import InstanceState, ManagedBy

from ..market.ages import stale_prices
from .account_quotas import quotas_of
from .capacity import allocatable
from .cluster_budgets import budgets_of
from .model import NodeView, PolicyView, PoolView, Site
from .overlays import overlays_of
from .planning import Scene
from .pools import PoolKey, pool_views
from .reasons import Reason, Why
from .scoring import offer_of
from .traffic import Traffic, held_of, tempo_of, traffic_of


def gather(cluster: Cluster, now: datetime) -> Scene:
    """The scene of a decision on `cluster`, which comes with its policy joined."""
    policy = replace(
        policy_view(cluster.policy),
        storm_share_pct=cluster.on_demand_share_pct,
        budgets=budgets_of(cluster.pk),
    )
    traffic = traffic_of(cluster.pk, now)
    overlays = overlays_of(cluster.client_id, cluster.region, now)
    pools = pool_views(cluster.region, traffic.bought_lately, overlays)
    instances = list(
        Instance.objects.filter(cluster=cluster)
        .exclude(Q(state=InstanceState.TERMINATED) | Q(node_name=""))
        .select_related("instance_type", "group")
        .order_by("id")
    )
    nodes = [_node(instance, pools, policy, traffic) for instance in instances]
    groups = NodeGroup.objects.filter(cluster=cluster)
    stale = stale_prices(cluster.region, now)
    return Scene(
        policy=policy,
        site=_site(cluster, nodes),
        pools=list(pools.values()),
        nodes=nodes,
        tempo=tempo_of(nodes, groups, list(pools.values()), traffic),
        held=held_of(nodes, pools.values(), traffic),
        stale=Why(Reason.STALE_MARKET, stale) if stale else None,
    )


def policy_view(policy: Policy) -> PolicyView:
    """The rules of a policy that a decision reads."""
    return PolicyView(
        mode=policy.mode,
        weight_cost=float(policy.weight_cost),
        weight_stability=float(policy.weight_stability),
        weight_performance=float(policy.weight_performance),
        weight_capacity=float(policy.weight_capacity),
        risk_ceiling=policy.risk_ceiling,
        families=frozenset(policy.families),
        architectures=frozenset(policy.architectures),
        min_generation=policy.min_generation,
        on_demand_floor=policy.on_demand_floor,
        on_demand_floor_pct=policy.on_demand_floor_pct,
        max_pool_share_pct=policy.max_pool_share_pct,
        max_moving_pct=policy.max_moving_pct,
        moves_per_hour=policy.moves_per_hour,
        cooldown=timedelta(seconds=policy.cooldown_seconds),
        min_node_age=timedelta(seconds=policy.min_node_age_seconds),
        min_saving_pct=policy.min_saving_pct,
        min_saving=policy.min_saving_hourly_usd,
        min_cheaper_pools=policy.min_cheaper_pools,
        price_samples=policy.price_samples,
        rebalance=policy.rebalance,
        max_price=policy.max_price_hourly_usd,
        paused_at=policy.paused_at,
        paused_until=policy.paused_until,
        paused_reason=policy.paused_reason,
    )


def _node(
    instance: Instance, pools: Mapping[PoolKey, PoolView], policy: PolicyView, traffic: Traffic
) -> NodeView:
    shape = instance.instance_type
    pool = pools.get((instance.zone, shape.pk, instance.lifecycle))
    return NodeView(
        id=instance.pk,
        ec2_id=instance.ec2_id,
        name=instance.node_name,
        architecture=shape.architecture,
        stay=offer_of(pool, pool.price, policy) if pool is not None and pool.price is not None else None,
        need=replace(allocatable(shape.cpu_milli, shape.memory_mib, shape.max_pods, shape.gpus), pods=0),
        launched_at=instance.launched_at,
        moved_at=instance.moved_at,
        interruption_at=instance.interruption_at,
        rebalance_at=instance.rebalance_at,
        group=instance.group.name if instance.group else "",
        ready=instance.node_ready,
        cordoned=instance.node_cordoned or instance.state == InstanceState.DRAINING,
        moving=instance.pk in traffic.leaving or instance.pk in traffic.arriving,
        by_karpenter=instance.managed_by == ManagedBy.KARPENTER,
    )


def _site(cluster: Cluster, nodes: Iterable[NodeView]) -> Site:
    templates = NodeTemplate.objects.filter(cluster=cluster).only("architecture", "subnet_by_zone")
    return Site(
        quotas=quotas_of(cluster.account_id, cluster.region),
        zones={template.architecture: frozenset(template.subnet_by_zone) for template in templates},
        architectures=frozenset(node.architecture for node in nodes),
    )
