"""Planning pods that wait: on workers of their own, which a hard time limit may end."""

from typing import Any
from uuid import UUID

from celery.signals import celeryd_after_setup
from django.utils import timezone

from apps.pipeline.optimizer.solving import warm_up
from celery_app import app

from ..placement.planning import plan_request, wake_late
from ..placement.requests import QUEUE


@app.task(queue=QUEUE)
def plan_pods(request_id: str) -> None:
    """One request; nothing where another solver has it."""
    plan_request(UUID(request_id))


@app.task(queue=QUEUE)
def sweep_requests() -> None:
    """What waits although its message is gone: the broker's loss, or a solver's death."""
    wake_late(timezone.now())


@celeryd_after_setup.connect
def compile_solver(instance: Any, **_: Any) -> None:
    """Before the worker forks, so that every child has it, and whoever comes after one that was killed."""
    if QUEUE in instance.app.amqp.queues.consume_from:
        warm_up()
