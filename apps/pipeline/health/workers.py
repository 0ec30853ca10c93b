"""The heartbeats of the Celery workers: from their main process, which knows what its pool is busy with."""

from collections import deque
from typing import Any, cast

from celery.signals import heartbeat_sent, worker_ready, worker_shutdown
from celery.worker.state import active_requests
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper

from .heartbeats import beat, leave

SAMPLES = 15  # one in two seconds: half a minute


class _Worker:
    """What this process is, once its consumer is ready."""

    queues: tuple[str, ...] = ()
    slots = 0
    forks = False
    busy: deque[int] = deque(maxlen=SAMPLES)


@worker_ready.connect
def on_ready(sender: Any, **_: Any) -> None:
    _Worker.queues = tuple(sender.app.amqp.queues.consume_from)
    _Worker.slots = sender.pool.num_processes
    _Worker.forks = "prefork" in type(sender.pool).__module__
    on_heartbeat()


@heartbeat_sent.connect
def on_heartbeat(**_: Any) -> None:
    """Called every two seconds by the worker itself, however long its tasks take."""
    _Worker.busy.append(len(active_requests))
    busy = sum(_Worker.busy) / len(_Worker.busy)
    for queue in _Worker.queues:
        beat(f"worker_{queue}", busy=busy, slots=_Worker.slots)
    _let_go()


@worker_shutdown.connect
def on_shutdown(**_: Any) -> None:
    leave()
    _let_go()


def _let_go() -> None:
    connection.close()
    if _Worker.forks:
        # A child that is forked later must not inherit an open connection.
        cast(DatabaseWrapper, connection).close_pool()
