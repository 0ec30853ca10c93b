"""Signs of life: a row a process, written now and then by the process itself."""

import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from ..models import Heartbeat

EVERY_SECONDS = 4.0
# Three beats missed: it is dead, or hangs.
DEAD = timedelta(seconds=16)
# A process that died without a goodbye is spoken of for so long; then another has taken its place for good.
MOURNED = timedelta(minutes=1)
# What was seen last is told for a day where nothing has come after it.
REMEMBERED = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Said:
    """What this process has said of one kind of its work."""

    started_at: datetime = field(default_factory=timezone.now)
    at: float | None = None
    worked_at: datetime | None = None


_said: dict[tuple[str, int], _Said] = {}
_guard = threading.Lock()


def beat(
    kind: str,
    *,
    worked: bool = False,
    detail: str = "",
    busy: float | None = None,
    slots: int | None = None,
) -> None:
    """Say that this process lives, and whether it has just done its work.

    To be called from its loop as often as it turns: it writes once in EVERY_SECONDS, and never raises for
    want of the database.
    """
    now = timezone.now()
    with _guard:
        said = _said.setdefault((kind, os.getpid()), _Said())
        said.worked_at = now if worked else said.worked_at
        if said.at is not None and time.monotonic() - said.at < EVERY_SECONDS:
            return
        is_first, said.at = said.at is None, time.monotonic()
    told: dict[str, Any] = {"beat_at": now, "worked_at": said.worked_at, "detail": detail[:200]}
    told |= {"busy": busy, "slots": slots}
    row = Heartbeat(process=_process(kind), kind=kind, started_at=said.started_at, **told)
    try:
        with transaction.atomic():
            Heartbeat.objects.bulk_create(
                [row],
                update_conflicts=True,
                unique_fields=["process"],
                # Another container may have had our host and pid.
                update_fields=[*told, "started_at"] if is_first else list(told),
            )
    except DatabaseError as error:
        log.warning("heartbeat.lost", kind=kind, error=str(error))


def leave() -> None:
    """Say goodbye: this process ends because it was asked to, so nobody has to look for it."""
    try:
        Heartbeat.objects.filter(process__endswith=_place()).delete()
    except DatabaseError as error:
        log.warning("goodbye.lost", error=str(error))


def _process(kind: str) -> str:
    return f"{kind[:30]}{_place()}"


def _place() -> str:
    return f"@{socket.gethostname()[:70]}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Pulse:
    """The processes of one kind: those that beat, those that stopped of late, and when one worked last."""

    kind: str
    alive: Sequence[Heartbeat]
    missing: Sequence[Heartbeat]
    last: Heartbeat | None

    @property
    def worked_at(self) -> datetime | None:
        return max((row.worked_at for row in self.alive if row.worked_at), default=None)


def pulses(now: datetime) -> dict[str, Pulse]:
    """Every kind that has been heard of, in one query."""
    kinds: dict[str, list[Heartbeat]] = {}
    for row in Heartbeat.objects.order_by("kind", "-beat_at"):
        kinds.setdefault(row.kind, []).append(row)
    return {
        kind: Pulse(
            kind,
            alive=[row for row in rows if now - row.beat_at <= DEAD],
            missing=[row for row in rows if DEAD < now - row.beat_at <= DEAD + MOURNED],
            last=rows[0],
        )
        for kind, rows in kinds.items()
    }


def pulse_of(kind: str, now: datetime) -> Pulse:
    """One kind, also one that was never heard of."""
    return pulses(now).get(kind) or Pulse(kind, (), (), None)


def forget_heartbeats(now: datetime) -> int:
    """Delete the rows of processes long gone; how many those were."""
    return Heartbeat.objects.filter(beat_at__lt=now - REMEMBERED).delete()[0]
