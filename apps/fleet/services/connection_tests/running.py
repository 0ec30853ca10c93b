"""Trying, permission by permission; what was found is stored after each, so that a page can follow."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.fleet.models import ConnectionTest
from apps.fleet.statuses import ConnectionTestState
from atharva.api.problems import Problem

from .accounts import plan_for_account
from .attempt import Attempt
from .clusters import plan_for_cluster

log = structlog.get_logger(__name__)

# Longer than one call takes at worst: all of its attempts time out.
SILENT = timedelta(seconds=90)
AT_ONCE = 20


@transaction.atomic
def claim_due(now: datetime) -> list[UUID]:
    """Tests that nobody has begun, or whose worker fell silent; from now on they are the caller's."""
    silent = Q(heard_at=None) | Q(heard_at__lt=now - SILENT)
    due = ConnectionTest.objects.filter(silent, finished_at=None).order_by("created_at")
    ids = list(due.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:AT_ONCE])
    ConnectionTest.objects.filter(pk__in=ids).update(heard_at=now)
    return ids


def run_test(test_id: UUID) -> None:
    """Try everything of a test, from the beginning; a test that has ended stays as it is."""
    run = _take(test_id)
    if run is None:
        return
    try:
        _carry_out(run)
    except Overtaken:
        log.info("connection_test.overtaken", test=str(test_id))


class Overtaken(Exception):
    """Another worker has taken the test over."""


@dataclass(slots=True)
class Run:
    """One worker's try of a test. It owns the row as long as nobody else has written to it."""

    test: ConnectionTest
    heard_at: datetime
    findings: list[dict[str, Any]] = field(default_factory=list)

    def found(self, attempt: Attempt) -> bool:
        """Make the attempt and keep what it found; whether there is any use in going on."""
        tried = attempt.run()
        if tried is None:
            return True
        self.findings.append({"permission": attempt.permission, "why": attempt.why, **asdict(tried)})
        self.keep(findings=self.findings)
        return tried.ok or not attempt.decides

    def end(self, **learned: object) -> None:
        """Store the end. Raises Overtaken."""
        self.keep(state=ConnectionTestState.DONE, finished_at=timezone.now(), **learned)

    def keep(self, **learned: object) -> None:
        """Store what was learned. Raises Overtaken."""
        now = timezone.now()
        mine = ConnectionTest.objects.filter(pk=self.test.pk, heard_at=self.heard_at, finished_at=None)
        if not mine.update(heard_at=now, **learned):
            raise Overtaken
        self.heard_at = now


def _take(test_id: UUID) -> Run | None:
    now = timezone.now()
    taken = ConnectionTest.objects.filter(pk=test_id, finished_at=None).update(
        state=ConnectionTestState.RUNNING, started_at=Coalesce("started_at", now), heard_at=now
    )
    if not taken:
        return None
    test = ConnectionTest.objects.select_related("account", "cluster__account").get(pk=test_id)
    return Run(test, now)


def _carry_out(run: Run) -> None:
    try:
        plan = plan_for_cluster(run.test.cluster) if run.test.cluster else plan_for_account(run.test.account)
        run.keep(planned=len(plan.attempts), findings=[])
        for attempt in plan.attempts:
            if not run.found(attempt):
                break
        plan.tidy_up()
    except Problem as problem:
        # What was found so far may be of a moment that is over: nothing is claimed.
        run.end(findings=[], problem=problem.sentence)
    else:
        run.end()
