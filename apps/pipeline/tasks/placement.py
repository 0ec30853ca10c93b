"""Planning pods that wait: on workers of their own, which a hard time limit may end.

The solver's libraries weigh more than all the rest: only the workers of its queue load them.
"""

from typing import Any
from uuid import UUID

from celery.signals import celeryd_after_setup
from django.utils import timezone

from celery_app import app

from ..placement.requests import QUEUE, wake_late
from ..retention import forget_plans as forget


@app.task(queue=QUEUE)
def plan_pods(request_id: str) -> None:
    """One request; nothing where another solver has it."""
    from ..placement.planning import plan_request

    plan_request(UUID(request_id))


@app.task(queue=QUEUE)
def sweep_requests() -> None:
    """What waits although its message is gone: the broker's loss, or a solver's death."""
    wake_late(timezone.now())


@app.task
def forget_plans() -> None:
    forget(timezone.now())


@celeryd_after_setup.connect
def compile_solver(instance: Any, **_: Any) -> None:
    """Before the worker forks, so that every child has it, and whoever comes after one that was killed."""
    if QUEUE in instance.app.amqp.queues.consume_from:
        from ..optimizer.solving import warm_up
        from ..placement import planning  # noqa: F401  what it loads is loaded for all children

        warm_up()
