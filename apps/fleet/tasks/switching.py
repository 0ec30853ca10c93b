"""Celery's side of switching: claim what is due, advance it."""

from uuid import UUID

from apps.fleet.services import switching
from celery_app import app

AT_ONCE = 400
# A message and an acknowledgement cost more CPU than a look at a waiting switch, so a few share one task.
CHUNK = 8


@app.task(queue="switches")
def sweep_switches() -> None:
    """Hand every switch that is due to the workers."""
    ids = [str(pk) for pk in switching.claim_due(AT_ONCE)]
    for start in range(0, len(ids), CHUNK):
        advance_switches.delay(ids[start : start + CHUNK])


@app.task(queue="switches")
def advance_switches(switch_ids: list[str]) -> None:
    """Advance each; what fails unexpectedly is found again by the sweep."""
    switching.advance(*map(UUID, switch_ids))
