"""Why a consolidation is stored and not carried out."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from apps.fleet.models import Cluster, Launch, Switch
from apps.fleet.statuses import DisruptionKind, Placement

from ..decision.controls import cluster_holds
from ..decision.reasons import Reason, Why
from .gathering import Surveyed
from .model import FinalState

# A node that was just bought for pods, or just removed: the cluster is left alone until it has settled.
SETTLES = timedelta(minutes=10)


def holds_of(
    cluster: Cluster, surveyed: Surveyed, final: FinalState, faults: list[str], now: datetime
) -> list[str]:
    """Every reason, in sentences; none where the first wave begins. The policy is joined to the cluster."""
    return list(_holds(cluster, surveyed, final, faults, now))


def _holds(
    cluster: Cluster, surveyed: Surveyed, final: FinalState, faults: list[str], now: datetime
) -> Iterator[str]:
    policy = surveyed.scene.policy
    yield from (why.sentence for why in cluster_holds(policy, now))
    if not cluster.policy.consolidate:
        yield "Consolidation is turned off in the policy."
    if cluster.left_at is not None:
        yield "The cluster was given back."
    if cluster.autoscaler and cluster.policy.placement == Placement.AUTO:
        yield (
            f"{cluster.autoscaler} runs in the cluster and removes nodes too: the policy says which of them "
            "acts."
        )
    if surveyed.scene.stale is not None:
        yield surveyed.scene.stale.sentence
    if surveyed.waiting:
        yield f"{surveyed.waiting} pods wait for a node; nothing is removed meanwhile."
    yield from _unsettled(cluster, now)
    if faults:
        yield f"The replay found {len(faults)} faults on the way; nothing is removed on its word."
    yield from _only_swaps(surveyed, final)
    if final.removed and final.saving < float(policy.min_saving):
        yield f"It would save ${final.saving:.4f}/h; the policy wants ${policy.min_saving:.4f}/h."


def _only_swaps(surveyed: Surveyed, final: FinalState) -> Iterator[str]:
    """Node for node is a move for the price alone, and asks for as many cheaper pools as such a one."""
    if not final.removed or len(final.bought) < len(final.removed):
        return
    least = min(node.price for node in surveyed.layout.nodes if node.name in final.removed)
    cheaper = sum(offering.price < least for offering in surveyed.layout.offerings)
    need = surveyed.scene.policy.min_cheaper_pools
    if cheaper < need:
        yield Why(Reason.TOO_FEW_CHEAPER, str(cheaper), str(need)).sentence


def _unsettled(cluster: Cluster, now: datetime) -> Iterator[str]:
    if Launch.objects.filter(cluster=cluster, finished_at=None).exists():
        yield "A node is being bought for pods."
    elif Launch.objects.filter(cluster=cluster, finished_at__gt=now - SETTLES).exists():
        yield f"A node was bought for pods less than {SETTLES.seconds // 60} minutes ago."
    open_ones = Switch.objects.filter(cluster=cluster, finished_at=None)
    if under_way := open_ones.filter(kind=DisruptionKind.CONSOLIDATION).count():
        yield f"{under_way} nodes of an earlier wave are on their way."
    undone = Q(kind=DisruptionKind.CONSOLIDATION, finished_at__gt=now - SETTLES) & ~Q(state="complete")
    if Switch.objects.filter(undone, cluster=cluster).exists():
        yield f"A node of the last wave had to be kept less than {SETTLES.seconds // 60} minutes ago."
