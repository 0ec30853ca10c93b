"""What if this node goes? Where its pods would go, what keeps some, and the bill; nothing is done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.fleet.draining import DrainPlan, plan_drain
from apps.fleet.errors import NodeMissing
from apps.fleet.kube import kube_of
from apps.fleet.models import Cluster
from apps.pipeline.decision.model import PoolView
from apps.pipeline.decision.overlays import overlays_of
from apps.pipeline.decision.pools import PoolKey, pool_views

from ..errors import PlanLost
from ..models import PlacementPlan, PlacementRequest
from ..statuses import PlanPurpose
from .dry_run import freed, planned_now
from .gathering import problem_of
from .headroom import is_headroom
from .looking import look
from .requests import store, wake_solver
from .spending import hourly_usd
from .state import ClusterState
from .underway import Underway, underway


@dataclass(frozen=True, slots=True)
class Destination:
    """A node that would take some of the pods; `price_hourly_usd` of one that would have to be bought."""

    title: str
    pods: tuple[str, ...]
    price_hourly_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`blocked` names the pods that would not leave, `waiting` those whose budget allows none now.

    `unplaced` are pods without a place anywhere: {pod, because, detail}. The bills are USD an hour.
    """

    node: str
    pods: int
    destinations: tuple[Destination, ...]
    blocked: tuple[str, ...]
    waiting: tuple[str, ...]
    unplaced: tuple[Mapping[str, str], ...]
    bill_now: Decimal
    bill_then: Decimal
    plan: PlacementPlan

    @property
    def change(self) -> Decimal:
        """What the bill would change by; negative where it is saved."""
        return self.bill_then - self.bill_now

    @property
    def sentence(self) -> str:
        """The answer in one line."""
        bought = sum(one.price_hourly_usd is not None for one in self.destinations)
        said = [
            f"{_counted(self.pods, 'pod')} would move to {_counted(len(self.destinations), 'node')}, "
            f"{bought or 'none'} of them new, for {_difference(self.change)}"
        ]
        said += [f"{len(self.blocked)} would not leave"] if self.blocked else []
        said += [f"{len(self.unplaced)} would have no place"] if self.unplaced else []
        return f"{'; '.join(said)}."


def what_if(cluster: Cluster, node_name: str) -> WhatIf:
    """What would be if a node went now; takes up to the solver's deadline.

    Raises NodeMissing, PlanLost, and what the cluster raises.
    """
    return _answer(planned_now(_asked(cluster, node_name)))


def ask_what_if(cluster: Cluster, node_name: str) -> PlacementRequest:
    """The same, left to the solver's workers; `answer_to` has it when it is there.

    Raises NodeMissing, and what the cluster raises.
    """
    with transaction.atomic():
        request = _asked(cluster, node_name)
        transaction.on_commit(lambda: wake_solver(request), robust=True)
    return request


def answer_to(request: PlacementRequest) -> WhatIf | None:
    """None while a solver works on it. Raises PlanLost where it was given up."""
    plan = PlacementPlan.objects.filter(request=request).first()
    if plan is None and request.finished_at is not None:
        raise PlanLost(cluster=request.cluster.name)
    return None if plan is None else _answer(plan)


def _asked(cluster: Cluster, node_name: str) -> PlacementRequest:
    """The request with what the answer needs beside the plan."""
    now = timezone.now()
    known = Cluster.objects.select_related("policy", "account").get(pk=cluster.pk)
    state = look(known, now)
    if all(node.name != node_name for node in state.nodes):
        raise NodeMissing(cluster=known.name, node=node_name)
    drain = _drain(known, state, node_name)
    moving = [freed(pod) for pod in drain.evictable]
    without = replace(
        state,
        nodes=[node for node in state.nodes if node.name != node_name],
        pods=[*(pod for pod in state.pods if pod.node_name != node_name), *moving],
    )
    under = underway(known.pk, now)
    pools = pool_views(known.region, frozenset(), overlays_of(known.client_id, known.region, now))
    return store(
        known,
        problem_of(known, without, moving, now=now, under=_without(under, node_name)),
        purpose=PlanPurpose.WHAT_IF,
        context={
            "trigger": node_name,
            "bill_hourly_usd": str(hourly_usd(under, pools)),
            "node_hourly_usd": str(_price_of(node_name, under, pools)),
            "moving": len(moving),
            "blocked": [blocker.reason for blocker in drain.refusals],
            "waiting": [blocker.reason for blocker in drain.blockers if blocker.obstacle.is_passing],
        },
        now=now,
    )


def _answer(plan: PlacementPlan) -> WhatIf:
    request = plan.request
    if request is None:
        raise PlanLost(cluster=plan.cluster.name)
    asked, bill = request.context, Decimal(request.context["bill_hourly_usd"])
    return WhatIf(
        node=asked["trigger"],
        pods=asked["moving"],
        destinations=tuple(_destinations(plan)),
        blocked=tuple(asked["blocked"]),
        waiting=tuple(asked["waiting"]),
        unplaced=tuple(plan.unplaced),
        bill_now=bill,
        bill_then=bill - Decimal(asked["node_hourly_usd"]) + plan.price_hourly_usd,
        plan=plan,
    )


def _drain(cluster: Cluster, state: ClusterState, node_name: str) -> DrainPlan:
    """Who would leave, asked of the budgets as they are."""
    pods = [pod for pod in state.pods if pod.node_name == node_name]
    budgets = kube_of(cluster).budgets({pod.namespace for pod in pods})
    return plan_drain(
        pods, budgets, evict_bare_pods=cluster.policy.evict_bare_pods, voluntary=True, now=state.at
    )


def _without(under: Underway, node_name: str) -> Underway:
    """Its own price is free again for what takes its place."""
    staying = tuple(instance for instance in under.instances if instance.node_name != node_name)
    return replace(under, instances=staying)


def _price_of(node_name: str, under: Underway, pools: Mapping[PoolKey, PoolView]) -> Decimal:
    """What the node costs of the bill; nothing where it leaves anyway, or no price is known."""
    instance = under.by_node.get(node_name)
    if instance is None or instance.pk in under.leaving:
        return Decimal()
    pool = pools.get((instance.zone, instance.instance_type_id, instance.lifecycle))
    return pool.price if pool is not None and pool.price is not None else Decimal()


def _destinations(plan: PlacementPlan) -> Iterator[Destination]:
    for name, pods in plan.on_nodes.items():
        if named := _real(pods):
            yield Destination(name, named)
    for node in plan.new_nodes:
        title = f"{node['type']} {node['zone']} {node['lifecycle'].replace('_', '-')}"
        yield Destination(title, _real(node["pods"]), Decimal(str(node["price"])))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _difference(change: Decimal) -> str:
    if not change:
        return "the same bill"
    return f"${abs(change):.4f}/h {'less' if change < 0 else 'more'}"


def _real(pods: list[str]) -> tuple[str, ...]:
    return tuple(pod for pod in pods if not is_headroom(pod))
