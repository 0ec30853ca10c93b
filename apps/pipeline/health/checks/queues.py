"""Tasks get through every queue, its workers are alive, and the schedules are looked at."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from atharva.live.publishing import connection
from celery_app import QUEUES, app

from ..finding import Complaint, Finding, degraded
from ..load import system_load
from ..probing import Probe, asked, probes
from ..processes import absent
from ..wording import counted, milliseconds, span

PROBE = "apps.pipeline.tasks.health.answer_probe"
LIMIT_MS = 5000.0
# A solver may take its whole time limit for the plan before ours.
WINDOW = {"solver": timedelta(minutes=2)}
USUAL_WINDOW = timedelta(seconds=30)


def check(now: datetime) -> Finding:
    """The slowest round trip, what waits, and the slots of all workers. Raises RedisError."""
    connection().ping()  # within a second: sending to a broker that hangs takes longer than we have
    stand = probes(QUEUES)
    for probe in stand:
        if probe.is_to_ask(now):
            asked(probe, now)
            app.send_task(
                PROBE, args=[probe.queue, now.isoformat()], queue=probe.queue, retry=False, expires=600
            )
    waiting = {queue: connection().llen(queue) for queue in QUEUES}
    took = [probe.took.total_seconds() * 1000 for probe in stand if probe.took]
    load = system_load(now)
    total = sum(waiting.values())
    facts = (
        f"A task is answered within {milliseconds(max(took))} in {counted(len(took), 'queue')}; "
        f"{counted(total, 'message')} wait{'s' if total == 1 else ''}."
        if took
        else "No task has come back yet."
    )
    return Finding(
        facts,
        [*absent(["beat", *(f"worker_{queue}" for queue in QUEUES)], now), *_stuck(stand, waiting, now)],
        latency_ms=max(took, default=None),
        limit_ms=LIMIT_MS,
        worked_at=max((probe.answered_at for probe in stand if probe.answered_at), default=None),
        in_flight=load.current,
        capacity=load.capacity or None,
        unit=load.unit,
    )


def _stuck(stand: list[Probe], waiting: dict[str, int], now: datetime) -> Iterator[Complaint]:
    for probe in stand:
        age = now - probe.waits_since if probe.waits_since else timedelta()
        if age > WINDOW.get(probe.queue, USUAL_WINDOW):
            behind = counted(waiting[probe.queue], "message")
            yield degraded(
                f"Nothing has come through the queue {probe.queue} for {span(age)}; {behind} wait."
            )
