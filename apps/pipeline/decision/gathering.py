"""Reading a cluster's rows into what a decision is made of, in a fixed number of queries."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.fleet.models import Cluster, Instance, NodeGroup, NodeTemplate, Policy, Switch
from apps.fleet.statuses import DisruptionKind, InstanceState, ManagedBy

from .capacity import allocatable
from .controls import GroupView, Tempo
from .model import ON_DEMAND, SPOT, NodeView, PolicyView, PoolView, Site
from .planning import Scene
from .pools import PoolKey, pool_views
from .scoring import offer_of

PACE_OVER = timedelta(hours=1)
# How long a pool that took a node stands behind comparable ones.
BOUGHT_LATELY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Traffic:
    """The cluster's open switches, and those of the last hour."""

    leaving: frozenset[int]  # instances
    arriving: frozenset[int]
    bound_for: tuple[int, ...]  # pools that a replacement is being launched in
    bought_lately: frozenset[int]  # pools
    moves_last_hour: int


def gather(cluster: Cluster, now: datetime) -> Scene:
    """The scene of a decision on `cluster`, which comes with its policy joined."""
    policy = policy_view(cluster.policy)
    traffic = _traffic(cluster.pk, now)
    pools = pool_views(cluster.region, traffic.bought_lately)
    instances = list(
        Instance.objects.filter(cluster=cluster)
        .exclude(Q(state=InstanceState.TERMINATED) | Q(node_name=""))
        .select_related("instance_type", "group")
        .order_by("id")
    )
    nodes = [_node(instance, pools, policy, traffic) for instance in instances]
    groups = NodeGroup.objects.filter(cluster=cluster)
    return Scene(
        policy=policy,
        site=_site(cluster, nodes),
        pools=list(pools.values()),
        nodes=nodes,
        tempo=_tempo(nodes, groups, traffic),
        held=_held(nodes, pools.values(), traffic),
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
        max_pool_share_pct=policy.max_pool_share_pct,
        max_moving_pct=policy.max_moving_pct,
        moves_per_hour=policy.moves_per_hour,
        cooldown=timedelta(seconds=policy.cooldown_seconds),
        min_node_age=timedelta(seconds=policy.min_node_age_seconds),
        min_saving_pct=policy.min_saving_pct,
        min_saving=policy.min_saving_hourly_usd,
        min_cheaper_pools=policy.min_cheaper_pools,
        price_samples=policy.price_samples,
        paused_at=policy.paused_at,
        paused_until=policy.paused_until,
        paused_reason=policy.paused_reason,
    )


def _traffic(cluster_id: UUID, now: datetime) -> Traffic:
    recent = Q(finished_at=None) | Q(created_at__gt=now - PACE_OVER)
    switches = list(
        Switch.objects.filter(recent, cluster=cluster_id)
        .order_by()
        .only("kind", "old_instance_id", "new_instance_id", "to_pool_id", "created_at", "finished_at")
    )
    open_ones = [switch for switch in switches if switch.finished_at is None]
    last_hour = [switch for switch in switches if switch.created_at > now - PACE_OVER]
    return Traffic(
        leaving=frozenset(switch.old_instance_id for switch in open_ones),
        arriving=frozenset(switch.new_instance_id for switch in open_ones if switch.new_instance_id),
        bound_for=tuple(s.to_pool_id for s in open_ones if s.to_pool_id and not s.new_instance_id),
        bought_lately=frozenset(
            s.to_pool_id for s in last_hour if s.to_pool_id and s.created_at > now - BOUGHT_LATELY
        ),
        moves_last_hour=sum(DisruptionKind(switch.kind).is_voluntary for switch in last_hour),
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
        group=instance.group.name if instance.group else "",
        ready=instance.node_ready,
        cordoned=instance.node_cordoned or instance.state == InstanceState.DRAINING,
        moving=instance.pk in traffic.leaving or instance.pk in traffic.arriving,
        by_karpenter=instance.managed_by == ManagedBy.KARPENTER,
    )


def _site(cluster: Cluster, nodes: Iterable[NodeView]) -> Site:
    templates = NodeTemplate.objects.filter(cluster=cluster).only("architecture", "subnet_by_zone")
    return Site(
        zones={template.architecture: frozenset(template.subnet_by_zone) for template in templates},
        architectures=frozenset(node.architecture for node in nodes),
    )


def _tempo(nodes: Iterable[NodeView], groups: Iterable[NodeGroup], traffic: Traffic) -> Tempo:
    """Replacements under way are not counted: they would make the cluster, and its budget, look larger."""
    settled = [node for node in nodes if node.id not in traffic.arriving]
    disturbed = [node for node in settled if node.id in traffic.leaving or not node.ready or node.cordoned]
    members, moving = Counter(node.group for node in settled), Counter(node.group for node in disturbed)
    leaving = Counter(node.group for node in settled if node.id in traffic.leaving)
    return Tempo(
        nodes=len(settled),
        disturbed=len(disturbed),
        moves_last_hour=traffic.moves_last_hour,
        on_demand=sum(
            node.stay is not None and node.stay.pool.lifecycle == ON_DEMAND and not node.moving
            for node in settled
        ),
        groups={
            group.name: GroupView(
                name=group.name,
                min_size=group.min_size,
                desired=group.desired,
                nodes=members[group.name],
                disturbed=moving[group.name],
                leaving=leaving[group.name],
            )
            for group in groups
        },
    )


def _held(nodes: Iterable[NodeView], pools: Iterable[PoolView], traffic: Traffic) -> Counter[int]:
    """Spot nodes by pool: those that stay, and those that are on their way in."""
    staying = (node.stay.pool for node in nodes if node.stay and node.id not in traffic.leaving)
    coming = Counter(traffic.bound_for)
    held = Counter(pool.id for pool in staying if pool.lifecycle == SPOT)
    return held + Counter({pool.id: coming[pool.id] for pool in pools if pool.lifecycle == SPOT})
