"""AWS recommends to move a node: it comes far more often than an interruption, so the policy says how far."""

from datetime import datetime

from apps.fleet.models import Instance, Policy, PoolEvent
from apps.fleet.statuses import Rebalance

from ..market.memory import remember
from .due import mark_due


def take_recommendation(instance: Instance, *, now: datetime) -> None:
    """Weigh a recommendation as the cluster's policy says.

    `ignore`: the instance's row and the notice are all there is. `weigh`: evidence, the pool's risk rises.
    `act`: the same, and the next decision moves the node by the mark in its row (`rebalance_at`).
    """
    policy = Policy.objects.filter(cluster=instance.cluster_id).only("rebalance").first()
    if policy is not None and policy.rebalance == Rebalance.IGNORE:
        return
    remember(instance, PoolEvent.Kind.REBALANCE, now=now)
    if instance.cluster_id is not None:
        mark_due(instance.cluster_id)
