"""AWS takes a node: its replacement is chosen and begun within the same second."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import structlog
from django.utils import timezone

from apps.fleet.errors import AlreadyMoving, SwitchRefused
from apps.fleet.models import Cluster, Instance, Pool, Switch
from apps.fleet.services.switching import hasten_switch, suggest_switch
from apps.fleet.statuses import DisruptionKind, Mode, NoticeKind

from ..models import Trigger
from .carrying import Begun
from .controls import on_demand_lacking
from .funnel import narrow
from .gathering import gather
from .model import Kind, Move, Refusal, Verdict
from .planning import fitting
from .reasons import Reason, Why
from .recording import store
from .storms import follow_weather
from .telling import tell
from .worth import escape

log = structlog.get_logger(__name__)


def answer_interruption(instance: Instance, deadline_at: datetime) -> Switch | None:
    """Begin (or hasten) the switch of a node that AWS takes at `deadline_at`; None where nothing is begun.

    Answered also while moves are paused. A cluster that is only observed, or in dry run, gets a notice.
    Budgets, the rule of many cheaper pools and the wait for a steady price do not apply. The cluster is not
    asked for its pods: a replacement as large as the node does, and two minutes are short.
    """
    if instance.cluster_id is None or not instance.node_name:
        return None
    under_way = Switch.objects.filter(old_instance=instance, finished_at=None).first()
    if under_way is not None:
        hasten_switch(under_way, deadline_at)
        return under_way
    now = timezone.now()
    cluster = Cluster.objects.select_related("policy", "client", "account").get(
        pk=instance.cluster_id, policy__isnull=False
    )
    follow_weather(cluster, now)
    scene = gather(cluster, now)
    node = next((node for node in scene.nodes if node.id == instance.pk), None)
    if node is None or node.by_karpenter:
        return None
    node = replace(node, interruption_at=deadline_at)
    samples = scene.policy.price_samples
    funnel = narrow(
        scene.pools,
        scene.policy,
        scene.site,
        lambda prices: dict.fromkeys(prices, samples),
        now,
    )
    fit = fitting(node, funnel.offers, scene.policy)
    lacking = on_demand_lacking(scene.policy, scene.tempo)
    verdict = escape(node, fit, scene.policy, Kind.INTERRUPTION, lacking=lacking)
    begun = _begin(verdict, instance, cluster, deadline_at, now)
    store(cluster, Trigger.INTERRUPTION, funnel, [verdict], begun=begun, started_at=now)
    switch = begun.get(node.id)
    return switch if isinstance(switch, Switch) else None


def _begin(
    verdict: Verdict, instance: Instance, cluster: Cluster, deadline_at: datetime, now: datetime
) -> Begun:
    if cluster.policy.mode != Mode.ACTIVE:
        _tell(verdict, instance, cluster, now)
        return {}
    try:
        switch = suggest_switch(
            instance=instance,
            kind=DisruptionKind.INTERRUPTION,
            candidates=_candidates(verdict),
            reason=verdict.sentence,
            saving_hourly_usd=verdict.saving if isinstance(verdict, Move) else Decimal(0),
            deadline_at=deadline_at,
        )
    except (AlreadyMoving, SwitchRefused) as refused:
        log.warning("interruption not answered", instance=instance.ec2_id, why=refused.sentence)
        return {instance.pk: Why(Reason.NOT_BEGUN, refused.sentence)}
    return {instance.pk: switch}


def _candidates(verdict: Verdict) -> list[Pool]:
    """The pools in their order. None where nothing fits: the node is drained in order all the same."""
    if isinstance(verdict, Refusal):
        return []
    pools = Pool.objects.in_bulk([pool.id for pool in verdict.candidates])
    return [pools[pool.id] for pool in verdict.candidates]


def _tell(verdict: Verdict, instance: Instance, cluster: Cluster, now: datetime) -> None:
    mode = Mode(cluster.policy.mode).label.lower()
    text = f"AWS takes {instance.ec2_id}. The cluster is in {mode}, so nothing is done. {verdict.sentence}"
    tell(cluster, NoticeKind.SWITCH, text, now=now, instance=instance)
