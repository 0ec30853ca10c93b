"""How often the market is read: the beat rows as operators have set them, or else the defaults."""

from collections.abc import Mapping
from datetime import timedelta

from django_celery_beat.models import PeriodicTask

SHORT_CYCLE = "apps.pipeline.tasks.market.sweep_market"
FULL_CYCLE = "apps.pipeline.tasks.market.sweep_market_in_full"
DEFAULTS: Mapping[str, timedelta] = {SHORT_CYCLE: timedelta(minutes=1), FULL_CYCLE: timedelta(hours=12)}


def cycle_of(task: str) -> timedelta:
    """The period of one of the market's tasks; of several rows the shortest that is on. One query."""
    rows = PeriodicTask.objects.filter(task=task, enabled=True, interval__isnull=False).order_by()
    periods = (
        timedelta(**{period: every})
        for every, period in rows.values_list("interval__every", "interval__period")
    )
    return min(periods, default=DEFAULTS[task])
