"""A plan's nodes come to be launches; the sweep takes them from there."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.fleet.models import Cluster, Launch
from apps.fleet.services.waking import sweep_launches_now
from apps.fleet.statuses import Placement

from . import announcing
from .planned import PlannedNode


@transaction.atomic
def begin_launches(
    cluster: Cluster, *, plan_id: UUID | None, nodes: Sequence[PlannedNode], reason: str
) -> list[Launch]:
    """Open a launch for each of `nodes`, in the caller's transaction; nothing is bought before it commits.

    `reason` says why, in a sentence with its numbers. The cluster comes with its policy. Raises ValueError
    for a node without a pool.
    """
    if any(not node.pools for node in nodes):
        raise ValueError("a node without a pool cannot be bought")
    now = timezone.now()
    launches = Launch.objects.bulk_create(
        Launch(
            cluster=cluster,
            plan_id=plan_id,
            reason=reason[:400],
            detail=reason[:400],
            candidates=[pool.pk for pool in node.pools],
            pool=node.pools[0],
            pods=[asdict(pod) for pod in node.pods],
            binds=cluster.policy.placement == Placement.BIND,
            look_again_at=now,
            created_at=now,
            entered_at=now,
        )
        for node in nodes
    )
    for launch in launches:
        announcing.planned(launch)
    if launches:
        sweep_launches_now()
    return launches
