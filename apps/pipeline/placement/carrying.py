"""From a stored plan to launches, in one transaction with it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Q

from apps.fleet.models import Cluster, Launch, Pool
from apps.fleet.services.launching import PlannedNode, PodRef, begin_launches
from apps.fleet.statuses import LaunchState
from apps.pipeline.optimizer.model import NewNode

from ..models import PlacementRequest
from .alternatives import Alternatives
from .headroom import is_headroom

Uids = Mapping[str, str]


def carry_out(
    cluster: Cluster,
    request: PlacementRequest,
    plan_id: UUID,
    nodes: Iterable[NewNode],
    alternatives: Alternatives,
    *,
    reason: str,
) -> tuple[list[Launch], int]:
    """Begin a launch for each of `nodes` whose pods nobody has provided for since they were gathered.

    Returns the launches, and how many nodes were left out. To be called in a transaction: the cluster's row
    is locked, so that of two plans for the same pods the second sees the launches of the first.
    """
    Cluster.objects.select_for_update(of=("self",)).only("pk").get(pk=cluster.pk)
    provided, anything = _since(request)
    uids: Uids = request.context["uids"]
    wanted, left_out = [], 0
    for node in nodes:
        named = [pod for pod in node.pods if not is_headroom(pod)]
        waiting = [pod for pod in named if uids[pod] not in provided]
        if waiting or (not named and not anything):
            wanted.append((node, waiting))
        else:
            left_out += 1
    ids = {pool for node, _ in wanted for pool in alternatives.of(node)}
    pools = Pool.objects.in_bulk(ids)
    planned = [
        PlannedNode(
            pools=[pools[pool] for pool in alternatives.of(node) if pool in pools],
            pods=[_reference(pod, uids) for pod in waiting],
        )
        for node, waiting in wanted
    ]
    return begin_launches(cluster, plan_id=plan_id, nodes=planned, reason=reason), left_out


def _since(request: PlacementRequest) -> tuple[frozenset[str], bool]:
    """The pods of the launches that the problem did not know of, and whether there are such launches."""
    still_counts = ~Q(state__in=(LaunchState.CANCELLED, LaunchState.FAILED))
    others = Launch.objects.filter(
        still_counts, cluster=request.cluster_id, created_at__gte=request.created_at
    ).values_list("pods", flat=True)
    found = list(others)
    return frozenset(pod["uid"] for pods in found for pod in pods), bool(found)


def _reference(pod: str, uids: Uids) -> PodRef:
    namespace, _, name = pod.partition("/")
    return PodRef(namespace, name, uids[pod])
