"""Looking for the fewest and cheapest nodes of a cluster, and beginning the first wave where it may."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from apps.fleet.models import Cluster, Switch
from apps.fleet.statuses import DisruptionKind, Mode
from atharva.api.problems import Problem

from ..locks import only_one
from ..models import Consolidation
from ..statuses import PlanState
from .carrying import begin
from .gathering import survey
from .holding import holds_of
from .model import Layout
from .recording import close_finished, store
from .replaying import replay
from .solving import solve
from .waves import order_waves

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)
# Where nothing would be carried out it is an estimate, and costs a solver as much.
ESTIMATE_EVERY = timedelta(hours=6)
# A small cluster needs no minute.
LEAST_SECONDS, SECONDS_A_NODE = 2.0, 0.3


def consolidate(cluster_id: UUID) -> Consolidation:
    """Find a final state and the way to it, store both, and begin the first wave where nothing holds it.

    One at a time on the whole platform: the solver's other workers are for pods that wait. Raises
    AlreadyRunning where another is under way, and what the cluster raises.
    """
    with only_one("consolidation"):
        now = timezone.now()
        cluster = Cluster.objects.select_related("policy", "account").get(pk=cluster_id)
        close_finished(cluster)
        surveyed = survey(cluster, now)
        final = solve(surveyed.layout, deadline_seconds=seconds_for(cluster, surveyed.layout))
        way = order_waves(surveyed.layout, final)
        faults = replay(surveyed.layout, way).faults
        if faults:
            log.error("consolidation_faulty", cluster=str(cluster_id), faults=faults[:5])
        row = store(cluster, surveyed, final, way, holds_of(cluster, surveyed, final, faults, now), now)
        if way.waves and not row.held_by:
            begun = begin(way.waves[0], surveyed, now)
            row.state = PlanState.RUNNING if begun.switches else PlanState.RECORDED
            row.held_by = begun.held
            row.save(update_fields=["state", "held_by"])
    log.info("consolidated", cluster=str(cluster_id), saving=final.saving, waves=len(way.waves))
    return row


def seconds_for(cluster: Cluster, layout: Layout) -> float:
    """How long the solver may take: the policy's limit, less where few nodes leave little to search."""
    return min(cluster.policy.solve_consolidation_seconds, LEAST_SECONDS + SECONDS_A_NODE * len(layout.nodes))


def due(now: datetime) -> list[UUID]:
    """Clusters to look at: where it is carried out every ten minutes and after each wave, else at times."""
    open_wave = Switch.objects.filter(
        cluster=OuterRef("pk"), finished_at=None, kind=DisruptionKind.CONSOLIDATION
    )
    running = Consolidation.objects.filter(cluster=OuterRef("pk"), state=PlanState.RUNNING)
    acts = Q(policy__consolidate=True, policy__mode=Mode.ACTIVE)
    last = Max("consolidations__created_at")
    rows = Cluster.objects.in_use().filter(policy__isnull=False).annotate(last=last)
    return list(
        rows.filter(~Exists(open_wave))
        .filter(
            Q(last=None)
            | (acts & Q(last__lt=now - EVERY))
            | Q(last__lt=now - ESTIMATE_EVERY)
            | (acts & Exists(running))
        )
        .order_by("last")
        .values_list("pk", flat=True)
    )


def consolidate_quietly(cluster_id: UUID) -> Consolidation | None:
    """The same for a loop: whoever is busy, or does not answer, is tried again at the next turn."""
    try:
        return consolidate(cluster_id)
    except Problem as problem:
        log.warning("not_consolidated", cluster=str(cluster_id), why=problem.sentence)
        return None
