"""Looking for fewer nodes, on the solver's workers, which alone load its libraries."""

from typing import Any
from uuid import UUID

from celery.signals import celeryd_after_setup
from django.utils import timezone

from celery_app import app

from ..placement.requests import QUEUE
from ..retention import forget_consolidations as forget


@app.task(queue=QUEUE)
def sweep_consolidation() -> None:
    """One message a cluster; who is looked at already, or does not answer, waits for the next turn."""
    from ..consolidation.service import due

    for cluster_id in due(timezone.now()):
        consolidate_cluster.delay(str(cluster_id))


@app.task(queue=QUEUE)
def consolidate_cluster(cluster_id: str) -> None:
    from ..consolidation.service import consolidate_quietly

    consolidate_quietly(UUID(cluster_id))


@app.task
def forget_consolidations() -> None:
    forget(timezone.now())


@celeryd_after_setup.connect
def compile_search(instance: Any, **_: Any) -> None:
    """Before the worker forks, as the solver's."""
    if QUEUE in instance.app.amqp.queues.consume_from:
        from ..consolidation import service  # noqa: F401  what it loads is loaded for all children
        from ..consolidation.solving import warm_up

        warm_up()
