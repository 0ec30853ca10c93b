"""What a component says of its work: the lines that its card shows."""

import threading
import time
from collections import defaultdict, deque
from functools import partial

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from ..models import Component, ComponentEvent
from ..statuses import ComponentKey

# A component that is busy says as much as one can read, and no more.
LINES, SECONDS = 10, 10.0

log = structlog.get_logger(__name__)
_spoke: dict[ComponentKey, deque[float]] = defaultdict(lambda: deque(maxlen=LINES))
_guard = threading.Lock()


def note(component: ComponentKey, text: str, *, level: str = "info") -> None:
    """Add a line to a component's log once the transaction at hand is committed.

    At most LINES in SECONDS from one process, the others are left out. Never raises for want of the database.
    """
    with _guard:
        now, spoke = time.monotonic(), _spoke[component]
        if len(spoke) == LINES and now - spoke[0] < SECONDS:
            return
        spoke.append(now)
    line = ComponentEvent(component_id=component, at=timezone.now(), level=level, text=text[:400])
    transaction.on_commit(partial(_write, line), robust=True)


def _write(line: ComponentEvent) -> None:
    try:
        # Before the first check there is no card to write on.
        if Component.objects.filter(pk=line.component_id).exists():
            line.save()
    except DatabaseError as error:
        log.warning("activity.lost", component=line.component_id, error=str(error))
