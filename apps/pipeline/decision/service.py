"""Deciding a cluster: what should move now, and beginning it where the cluster's mode allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.utils import timezone

from apps.fleet.kube import kube_of
from apps.fleet.models import Cluster
from apps.fleet.statuses import Mode
from atharva.api.problems import Problem

from ..locks import only_one
from ..market.samples import stood
from ..models import PipelineRun, Trigger
from .carrying import begin
from .controls import cluster_holds
from .estimating import estimate
from .funnel import Funnel, narrow
from .gathering import gather
from .looking import look_closer
from .model import Move, NodeView, Refusal, Verdict
from .planning import Scene, plan
from .reasons import Reason, Why
from .recording import store, store_estimate
from .snapshots import keep_snapshot
from .storms import follow_weather

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Consideration:
    """What a decision would do, before anything is done. `problem`: why nodes could not be looked at."""

    cluster: Cluster
    scene: Scene
    funnel: Funnel
    verdicts: Sequence[Verdict]
    holds: tuple[Why, ...]
    problem: str = ""


def decide(cluster_id: UUID, *, trigger: Trigger = Trigger.PERSON) -> PipelineRun:
    """Decide a cluster, begin what its mode and pause allow, and store the run.

    Raises AlreadyRunning where another worker decides it.
    """
    with only_one(f"decision on cluster {cluster_id}"):
        now = timezone.now()
        Cluster.objects.filter(pk=cluster_id).update(decided_at=now)
        cluster = _with_policy(cluster_id)
        follow_weather(cluster, now)
        considered = consider(cluster, now=now)
        if considered.cluster.policy.mode != Mode.ACTIVE:
            estimated = estimate(considered.scene, considered.funnel.offers, now)
            store_estimate(considered.cluster, estimated, now=now)
        moves = [verdict for verdict in considered.verdicts if isinstance(verdict, Move)]
        begun = {} if considered.holds else begin(moves)
        run = store(
            considered.cluster,
            trigger,
            considered.funnel,
            considered.verdicts,
            begun=begun,
            holds=considered.holds,
            problem=considered.problem,
            started_at=now,
        )
    keep_snapshot(cluster, considered.scene, now)
    log.info("decided", cluster=str(cluster_id), trigger=str(trigger), moves=run.moves, begun=len(begun))
    return run


def consider(cluster: Cluster, *, now: datetime) -> Consideration:
    """Everything of a decision but the doing: reads rows and asks the cluster, writes nothing.

    The cluster comes with its policy and account joined.
    """
    scene = gather(cluster, now)
    funnel = narrow(
        scene.pools,
        scene.policy,
        scene.site,
        lambda prices: stood(prices, now, most=scene.policy.price_samples),
        now,
    )
    eye = _Eye(cluster, now)
    verdicts = plan(scene, funnel.offers, eye, now)
    return Consideration(cluster, scene, funnel, verdicts, cluster_holds(scene.policy, now), eye.problem)


def _with_policy(cluster_id: UUID) -> Cluster:
    return Cluster.objects.select_related("policy", "account", "client").get(pk=cluster_id)


class _Eye:
    """Looks at nodes, and stops looking once the cluster does not answer: one timeout a run is enough."""

    def __init__(self, cluster: Cluster, now: datetime) -> None:
        self.cluster, self.now, self.problem = cluster, now, ""

    def __call__(self, node: NodeView) -> NodeView | Refusal:
        if not self.problem:
            try:
                return look_closer(
                    kube_of(self.cluster),
                    node,
                    evict_bare_pods=self.cluster.policy.evict_bare_pods,
                    now=self.now,
                )
            except Problem as problem:
                self.problem = problem.sentence
        return Refusal(node, (Why(Reason.NOT_SEEN, self.problem),))
