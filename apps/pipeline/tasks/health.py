"""Component health: the answer to a probe, and forgetting."""

from datetime import datetime

from django.utils import timezone

from celery_app import app

from ..health.probing import answered
from ..health.retention import forget_lines


@app.task
def answer_probe(queue: str, asked_at: str) -> None:
    answered(queue, datetime.fromisoformat(asked_at), timezone.now())


@app.task
def forget_component_lines() -> None:
    forget_lines(timezone.now())
