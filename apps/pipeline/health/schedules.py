"""When beat starts a task next, as operators have set it in the back office."""

from datetime import datetime, timedelta

from django_celery_beat.models import PeriodicTask


def every(task: str) -> timedelta | None:
    """How often a task without arguments is started; None where its schedule is switched off or not there."""
    row = PeriodicTask.objects.filter(task=task, enabled=True).select_related("interval").first()
    return row.interval.schedule.run_every if row and row.interval else None


def following(last: datetime | None, gap: timedelta | None) -> datetime | None:
    """When it is started after `last`."""
    return last + gap if last and gap else None
