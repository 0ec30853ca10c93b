"""Why a plan is stored and not carried out."""

from datetime import datetime

from apps.fleet.models import Cluster
from apps.fleet.statuses import Placement
from apps.pipeline.decision.controls import cluster_holds
from apps.pipeline.decision.gathering import policy_view

from ..statuses import PlanPurpose

PURPOSES = {
    PlanPurpose.DRY_RUN: "It was a dry run.",
    PlanPurpose.WHAT_IF: "It was only asked what would be.",
}


def holds_of(cluster: Cluster, purpose: PlanPurpose, faults: list[str], now: datetime) -> list[str]:
    """Every reason, in sentences; none where its nodes are bought. The policy is joined to the cluster."""
    holds = [PURPOSES[purpose]] if purpose in PURPOSES else []
    holds += [why.sentence for why in cluster_holds(policy_view(cluster.policy), now)]
    if cluster.left_at is not None:
        holds.append("The cluster was given back.")
    if cluster.policy.placement == Placement.OFF:
        holds.append("Placement is turned off in the policy.")
    elif cluster.policy.placement == Placement.AUTO and cluster.autoscaler:
        holds.append(
            f"Placement is off because {cluster.autoscaler} runs in the cluster: the policy says which of "
            "them acts."
        )
    if faults:
        number = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
        holds.append(f"The independent check found {number} in the plan; nothing is bought on its word.")
    return holds
