"""What a component says of its work: the lines that its card shows."""

import threading
import time
from functools import partial

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from ..models import Component, ComponentEvent
from ..statuses import ComponentKey

# A component that is busy says as much as one can read, and no more.
EVERY_SECONDS = 1.0

log = structlog.get_logger(__name__)
_spoke: dict[ComponentKey, float] = {}
_guard = threading.Lock()


def note(component: ComponentKey, text: str, *, level: str = "info") -> None:
    """Add a line to a component's log once the transaction at hand is committed.

    At most one a second and process: what comes in between is left out. Never raises for want of the
    database.
    """
    with _guard:
        now = time.monotonic()
        if now - _spoke.get(component, -EVERY_SECONDS) < EVERY_SECONDS:
            return
        _spoke[component] = now
    line = ComponentEvent(component_id=component, at=timezone.now(), level=level, text=text[:400])
    transaction.on_commit(partial(_write, line), robust=True)


def _write(line: ComponentEvent) -> None:
    try:
        # Before the first check there is no card to write on.
        if Component.objects.filter(pk=line.component_id).exists():
            line.save()
    except DatabaseError as error:
        log.warning("activity.lost", component=line.component_id, error=str(error))
