"""Acting on stored events: each until it is done, by whichever worker comes first.

An event is claimed by moving its next look into the future, in a transaction of its own. Whoever claimed it
may then die at any line: a later sweep finds it due again. Acting and closing the row are one transaction, so
what an event did is done once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.fleet.models import CloudAccount, CloudEvent, Instance
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.statuses import CloudEventState
from atharva.api.problems import Problem

from .counting import EVENTS
from .effects import EFFECTS
from .reading import instance_ids

AT_ONCE = 200
# The instance may be newer than our inventory; after that it is none of ours.
UNKNOWN_FOR = timedelta(minutes=2)
UNKNOWN_PAUSE = timedelta(seconds=5)
# A receiver that raises is tried again with growing pauses, then a person has to look.
FAILING_FOR = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=5)
MOST_DOUBLINGS = 4

log = structlog.get_logger(__name__)


def sweep_events() -> int:
    """Act on the stored events that are due; how many there were. Several sweeps share them.

    Raises an ExceptionGroup, after all others were acted on, where acting on some failed; those stay due.
    """
    claimed = _claim(CloudEvent.objects.filter(look_again_at__lte=timezone.now()))
    _act_on(claimed)
    return len(claimed)


def handle_events(keys: Collection[int]) -> None:
    """Act at once on these events, those that nobody else acts on. Raises as `sweep_events` does."""
    _act_on(_claim(CloudEvent.objects.filter(pk__in=keys, look_again_at__lte=timezone.now())))


def _claim(due: QuerySet[CloudEvent]) -> list[CloudEvent]:
    now = timezone.now()
    with transaction.atomic():
        rows = due.filter(state=CloudEventState.RECEIVED).select_related("account")
        free = rows.select_for_update(skip_locked=True, of=("self",)).order_by("look_again_at")
        events = list(free[:AT_ONCE])
        for event in events:
            pause = FIRST_PAUSE * (1 << min(event.tries, MOST_DOUBLINGS))
            CloudEvent.objects.filter(pk=event.pk).update(tries=F("tries") + 1, look_again_at=now + pause)
    return events


def _act_on(events: list[CloudEvent]) -> None:
    _ask_for_unknown(events)
    failed: list[Exception] = []
    for event in events:
        try:
            _act(event.pk)
        except Exception as error:
            _note_failure(event, error)
            failed.append(error)
    if failed:
        raise ExceptionGroup(f"{len(failed)} of {len(events)} events failed", failed)


def _act(key: int) -> None:
    """Do what the event says and close its row, both or neither."""
    with transaction.atomic():
        open_rows = CloudEvent.objects.select_related("account").filter(state=CloudEventState.RECEIVED)
        event = open_rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=key).first()
        if event is None:
            return
        now = timezone.now()
        ids = _ids_of(event)
        known = list(Instance.objects.filter(account=event.account, ec2_id__in=ids))
        if known:
            effect = EFFECTS[event.kind]
            notes = [effect(event, instance, now) for instance in known]
            _close(event, CloudEventState.HANDLED, next(filter(None, notes), ""))
        elif not ids:
            _close(event, CloudEventState.HANDLED, "Nothing to do for this kind of event.")
        elif now - event.received_at < UNKNOWN_FOR:
            event.look_again_at = now + UNKNOWN_PAUSE
            event.save(update_fields=["look_again_at"])
        else:
            _close(event, CloudEventState.FOREIGN, "None of the account's instances that we know of.")


def _ids_of(event: CloudEvent) -> list[str]:
    return instance_ids(event.kind, event.body["detail"]) if event.kind in EFFECTS else []


def _close(event: CloudEvent, state: CloudEventState, note: str) -> None:
    event.state, event.note, event.look_again_at = state, note[:300], None
    event.save(update_fields=["state", "note", "look_again_at"])
    EVENTS.labels(event.kind, state).inc()


def _note_failure(event: CloudEvent, error: Exception) -> None:
    log.error("event_failed", event_id=event.event_id, kind=event.kind, exc_info=error)
    note = f"{type(error).__name__}: {error}"[:300]
    rows = CloudEvent.objects.filter(pk=event.pk, state=CloudEventState.RECEIVED)
    if timezone.now() - event.received_at > FAILING_FOR:
        rows.update(state=CloudEventState.DEAD, look_again_at=None, note=note)
        EVENTS.labels(event.kind, CloudEventState.DEAD).inc()
    else:
        rows.update(note=note)


def _ask_for_unknown(events: Iterable[CloudEvent]) -> None:
    """Have discovery look for the instances that no row is of: one question an account and region."""
    wanted: dict[tuple[CloudAccount, str], set[str]] = defaultdict(set)
    for event in events:
        region = event.body.get("region") or event.account.regions[0]
        wanted[event.account, region].update(_ids_of(event))
    for (account, region), ids in wanted.items():
        unknown = ids - set(Instance.objects.filter(ec2_id__in=ids).values_list("ec2_id", flat=True))
        if not unknown or region not in account.regions:
            continue
        try:
            refresh_instances(account, region, unknown)
        except Problem as trouble:
            log.warning("event_lookup_failed", account=account.name, region=region, why=trouble.sentence)
