"""Whoever waits for an instance looks at once when something of it has changed."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.fleet.models import Launch, Switch
from celery_app import app

SWEEP = "apps.fleet.tasks.launching.sweep_launches"


@transaction.atomic
def wake(instance_pks: Collection[int]) -> None:
    """Make what is under way with these instances due, instead of at its next turn.

    A row that somebody writes at this moment is left alone: who ends a switch or a launch writes that first
    and its instance then, the other way round than who calls this, and neither shall wait for the other.
    """
    if not instance_pks:
        return
    theirs = Q(old_instance__in=instance_pks) | Q(new_instance__in=instance_pks)
    _make_due(Switch.objects.filter(theirs))
    if _make_due(Launch.objects.filter(instance__in=instance_pks)):
        sweep_launches_now()


def _make_due(rows: QuerySet[Switch] | QuerySet[Launch]) -> int:
    now = timezone.now()
    open_ones = rows.filter(finished_at=None, look_again_at__gt=now).order_by()
    free = list(open_ones.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    return rows.model._default_manager.filter(pk__in=free).update(look_again_at=now) if free else 0


def sweep_launches_now() -> None:
    """Not to wait for the sweep's next turn, once this is committed: pods wait, and the scheduler is quick.

    Where no broker answers, the next turn does it.
    """
    transaction.on_commit(lambda: app.send_task(SWEEP, queue="switches"), robust=True)
