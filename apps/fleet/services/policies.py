"""Changing a cluster's policy."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit

from ..errors import WeightsUnbalanced
from ..models import Cluster, Policy
from ..statuses import Mode
from .giving_back import refuse_while_leaving
from .trust import is_forward, require_mode

WEIGHTS = ("weight_cost", "weight_stability", "weight_performance", "weight_capacity")


@transaction.atomic
def change_policy(cluster: Cluster, changes: Mapping[str, object], *, by: User) -> Policy:
    """Set the named fields of a cluster's policy, all or none; what changed goes into the trail.

    Raises WeightsUnbalanced, ModeRefused where a step forward lacks what it needs, ClusterLeaving and
    ClusterLeft.
    """
    refuse_while_leaving(cluster)
    policy, _ = Policy.objects.select_for_update().get_or_create(cluster=cluster)
    if is_forward(Mode(policy.mode), wanted := Mode(str(changes.get("mode", policy.mode)))):
        require_mode(cluster, wanted)
    before = {name: getattr(policy, name) for name in changes}
    for name, value in changes.items():
        setattr(policy, name, value)
    total = sum((Decimal(getattr(policy, name)) for name in WEIGHTS), Decimal())
    if total != 1:
        raise WeightsUnbalanced(total=total)
    was, now = audit.difference(before, changes)
    if now:
        policy.save(update_fields=list(now))
        audit.record("policy_changed", target=cluster, by=by, client=cluster.client, before=was, after=now)
    return policy
