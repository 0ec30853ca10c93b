"""What would be bought, without buying it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache

from django.db import transaction
from django.utils import timezone

from apps.fleet.kube.port import SeenPod
from apps.fleet.models import Cluster
from apps.pipeline.decision.overlays import overlays_of
from apps.pipeline.decision.pools import pool_views

from ..errors import PlanLost
from ..models import PlacementPlan, PlacementRequest
from ..statuses import PlanPurpose
from .gathering import Gathered, problem_of
from .looking import look
from .requests import store, wake_solver
from .spending import hourly_usd
from .state import ClusterState
from .underway import NOTHING, underway


def dry_run(cluster: Cluster, *, whole: bool = False) -> PlacementPlan:
    """The plan for the pods that wait now; `whole`: for all of them, as if the cluster were bought anew.

    Takes up to the solver's deadline. Raises PlanLost, and what the cluster raises.
    """
    return planned_now(_asked(cluster, whole=whole))


def ask_for_dry_run(cluster: Cluster, *, whole: bool = False) -> PlacementRequest:
    """The same, left to the solver's workers: the plan is stored when it is there.

    Raises what the cluster raises.
    """
    with transaction.atomic():
        request = _asked(cluster, whole=whole)
        transaction.on_commit(lambda: wake_solver(request), robust=True)
    return request


def _asked(cluster: Cluster, *, whole: bool) -> PlacementRequest:
    now = timezone.now()
    known = Cluster.objects.select_related("policy", "account").get(pk=cluster.pk)
    gather: Callable[[Cluster, ClusterState, datetime], Gathered] = bought_anew if whole else of_those_waiting
    gathered = gather(known, look(known, now), now)
    bill = hourly_usd(
        underway(known.pk, now),
        pool_views(known.region, frozenset(), overlays_of(known.client_id, known.region, now)),
    )
    return store(
        known,
        gathered,
        purpose=PlanPurpose.DRY_RUN,
        context={"trigger": "whole" if whole else "waiting", "bill_hourly_usd": str(bill)},
        now=now,
    )


def of_those_waiting(cluster: Cluster, state: ClusterState, now: datetime) -> Gathered:
    """The problem of the pods that wait for a node."""
    return problem_of(cluster, state, [pod for pod in state.pods if pod.waits_for_node], now=now)


def bought_anew(cluster: Cluster, state: ClusterState, now: datetime) -> Gathered:
    """The problem of every pod that is not bound to its node; the nodes only tell what new ones are like."""
    moving = [freed(pod) for pod in state.pods if moves(pod)]
    staying = [pod for pod in state.pods if not moves(pod)]
    nodes = [replace(node, unschedulable=True) for node in state.nodes]
    emptied = replace(state, nodes=nodes, pods=[*staying, *moving])
    return problem_of(cluster, emptied, moving, now=now, under=NOTHING)


def moves(pod: SeenPod) -> bool:
    """Whether a pod would find another node if its own went."""
    return not (pod.is_daemon or pod.is_mirror or pod.terminating)


def freed(pod: SeenPod) -> SeenPod:
    """The pod as it would be without its node."""
    return replace(pod, node_name="", refusal="", unschedulable_at=None)


@cache
def _warm_up() -> None:
    """Once a process: what is compiled then is not part of any plan's time."""
    from ..optimizer.solving import warm_up

    warm_up()


def planned_now(request: PlacementRequest) -> PlacementPlan:
    """The plan of a request that nobody else was told of. Raises PlanLost."""
    # A process that only reads has no use for the solver's libraries.
    from .planning import plan_request

    _warm_up()
    plan = plan_request(request.pk)
    if plan is None:
        raise PlanLost(cluster=request.cluster.name)
    return plan
