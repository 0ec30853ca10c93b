"""Whoever waits for an instance looks at once when something of it has changed."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.fleet.models import Launch, Switch
from celery_app import app

SWEEP = "apps.fleet.tasks.launching.sweep_launches"


def wake(instance_pks: Collection[int]) -> None:
    """Make what is under way with these instances due, instead of at its next turn. Two queries."""
    if not instance_pks:
        return
    now = timezone.now()
    theirs = Q(old_instance__in=instance_pks) | Q(new_instance__in=instance_pks)
    Switch.objects.filter(theirs, finished_at=None, look_again_at__gt=now).update(look_again_at=now)
    arriving = Launch.objects.open().filter(instance__in=instance_pks, look_again_at__gt=now)
    if arriving.update(look_again_at=now):
        sweep_launches_now()


def sweep_launches_now() -> None:
    """Not to wait for the sweep's next turn, once this is committed: pods wait, and the scheduler is quick.

    Where no broker answers, the next turn does it.
    """
    transaction.on_commit(lambda: app.send_task(SWEEP, queue="switches"), robust=True)
