"""Celery's side of launching: claim what is due, advance it."""

from uuid import UUID

from apps.fleet.services import launching
from celery_app import app

AT_ONCE = 400
# They share one look at their cluster; few, so that several workers call AWS beside each other.
CHUNK = 4


@app.task(queue="switches")
def sweep_launches() -> None:
    """Hand every launch that is due to the workers."""
    ids = [str(pk) for pk in launching.claim_due(AT_ONCE)]
    for start in range(0, len(ids), CHUNK):
        advance_launches.delay(ids[start : start + CHUNK])


@app.task(queue="switches")
def advance_launches(launch_ids: list[str]) -> None:
    """Advance each; what fails unexpectedly is found again by the sweep."""
    launching.advance(*map(UUID, launch_ids))
