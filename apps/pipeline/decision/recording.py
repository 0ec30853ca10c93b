"""Storing a decision: the funnel, and each node's verdict in sentences."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.fleet.models import Cluster, Estimate, Switch
from atharva.live import publish_to_client

from ..health.activity import note
from ..models import PipelineRun, Trigger
from ..statuses import ComponentKey
from .alternatives import Rated, Weighed, weigh
from .carrying import Begun
from .estimating import Estimated
from .funnel import Funnel
from .model import Move, Verdict
from .reasons import Why


def store(
    cluster: Cluster,
    trigger: Trigger,
    funnel: Funnel,
    verdicts: Sequence[Verdict],
    *,
    begun: Begun,
    holds: Sequence[Why] = (),
    problem: str = "",
    started_at: datetime,
) -> PipelineRun:
    """Write a run down as it was."""
    moves = [verdict for verdict in verdicts if isinstance(verdict, Move)]
    weighed = weigh(verdicts, funnel, started_at)
    counts = funnel.counts({verdict.node.need for verdict in verdicts})
    run = PipelineRun.objects.create(
        cluster=cluster,
        trigger=trigger,
        mode=cluster.policy.mode,
        started_at=started_at,
        seconds=(timezone.now() - started_at).total_seconds(),
        scanned=counts.scanned,
        static_filters=counts.static_filters,
        ml_prediction=counts.ml_prediction,
        final_selection=len({pool.id for move in moves for pool in move.candidates}),
        rejections={
            stage: {str(reason): n for reason, n in reasons.items()}
            for stage, reasons in counts.rejections.items()
        },
        decisions=[
            entry(verdict, scores, begun.get(verdict.node.id))
            for verdict, scores in zip(verdicts, weighed, strict=True)
        ],
        moves=len(moves),
        held_by=[why.sentence for why in holds] if moves else [],
        problem=problem[:400],
    )
    _tell(cluster, run)
    return run


def _tell(cluster: Cluster, run: PipelineRun) -> None:
    nodes = f"{run.moves} of {len(run.decisions)} nodes should move"
    text = f"Decided {cluster.name}: {run.scanned:,} pools, {nodes}, {run.seconds:.1f} s"
    note(ComponentKey.COST_OPTIMIZER, text, level="warning" if run.problem else "info")
    transaction.on_commit(
        lambda: publish_to_client(cluster.client_id, "funnel_updated", cluster_id=cluster.pk, run_id=run.pk)
    )


LARGEST = 20


def store_estimate(cluster: Cluster, estimated: Estimated, *, now: datetime) -> None:
    """Write down what a cluster would save, in place of what was written before."""
    largest = sorted(estimated.moves, key=lambda move: -move.saving)[:LARGEST]
    found = {
        "made_at": now,
        "nodes": estimated.nodes,
        "movable": len(estimated.moves),
        "now_hourly_usd": estimated.now,
        "then_hourly_usd": estimated.now - estimated.saving,
        "moves": [promised(move) for move in largest],
        "stays": dict(Counter(str(stay.because[0].reason) for stay in estimated.stays)),
    }
    Estimate.objects.bulk_create(
        [Estimate(cluster=cluster, **found)],
        update_conflicts=True,
        unique_fields=["cluster"],
        update_fields=list(found),
    )
    transaction.on_commit(
        lambda: publish_to_client(cluster.client_id, "savings_updated", cluster_id=cluster.pk)
    )


def promised(move: Move) -> dict[str, str]:
    """One move of an estimate, as it is stored and shown."""
    return {
        "node": move.node.name,
        "instance": move.node.ec2_id,
        "from": move.node.stay.pool.title if move.node.stay else "",
        "to": move.candidates[0].title,
        "saving_hourly_usd": str(move.saving),
    }


def entry(verdict: Verdict, weighed: Weighed, begun: Switch | Why | None = None) -> dict[str, Any]:
    """One node's part of a run, as it is stored and shown."""
    whys = [*verdict.because, *([begun] if isinstance(begun, Why) else [])]
    said: dict[str, Any] = {
        "instance": verdict.node.ec2_id,
        "node": verdict.node.name,
        "verdict": "move" if isinstance(verdict, Move) else "stay",
        "reasons": [str(why.reason) for why in whys],
        "sentences": [why.sentence for why in whys],
        "scores": {
            "stay": _said(weighed.stay) if weighed.stay else None,
            "candidates": [_said(rated) for rated in weighed.chosen],
        },
        "alternatives": [
            {**_said(other.rated), "reason": str(other.why.reason), "sentence": other.why.sentence}
            for other in weighed.others
        ],
    }
    if isinstance(verdict, Move):
        said |= {
            "kind": str(verdict.kind),
            "candidates": [pool.title for pool in verdict.candidates],
            "saving_hourly_usd": str(verdict.saving),
            "switch": str(begun.pk) if isinstance(begun, Switch) else None,
        }
    return said


def _said(rated: Rated) -> dict[str, Any]:
    """A pool as it was weighed: what the tenant pays, what it may be interrupted with, the score's parts."""
    score = rated.score
    return {
        "pool": rated.offer.pool.title,
        "price_hourly_usd": str(rated.offer.price),
        "risk": round(rated.offer.pool.risk_upper, 5),
        "score": {
            "cost": round(score.cost, 4),
            "stability": round(score.stability, 4),
            "performance": round(score.performance, 4),
            "capacity": round(score.capacity, 4),
            "total": round(score.total, 4),
        },
    }
