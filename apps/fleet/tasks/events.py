"""Acting on AWS's events that were not acted on at once."""

from apps.fleet.services import events
from celery_app import app


@app.task
def sweep_events() -> None:
    events.sweep_events()
