"""Deciding clusters."""

from uuid import UUID

from django.utils import timezone

from celery_app import app

from ..decision.due import claim_due, mark_due
from ..decision.service import decide
from ..decision.snapshots import forget_snapshots
from ..errors import AlreadyRunning
from ..models import Trigger
from ..retention import forget_runs as forget


@app.task
def sweep_decisions() -> None:
    for cluster_id, trigger in claim_due(timezone.now()):
        decide_cluster.delay(str(cluster_id), str(trigger))


@app.task
def decide_cluster(cluster_id: str, trigger: str) -> None:
    try:
        decide(UUID(cluster_id), trigger=Trigger(trigger))
    except AlreadyRunning:
        mark_due(UUID(cluster_id))


@app.task
def forget_runs() -> None:
    now = timezone.now()
    forget(now)
    forget_snapshots(now)
