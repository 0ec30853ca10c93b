"""From the queue into rows. A message is deleted only after its row is committed."""

from datetime import datetime
from urllib.parse import urlsplit

from django.utils import timezone

from apps.fleet.cloud import cloud_in
from apps.fleet.models import CloudAccount, CloudEvent
from apps.fleet.statuses import CloudEventState
from atharva.api.problems import Problem

from .counting import EVENTS
from .reading import Message, read


def receive_events(account: CloudAccount, *, wait_seconds: int) -> list[int]:
    """Store what waits in the account's queue, up to ten messages; the keys of the rows to act on.

    A message that is stored already is deleted once more and not returned. Raises what the cloud raises; then
    the messages stay in the queue, and the account's `queue_problem` says why until the next good reading.
    """
    try:
        stored = _receive(account, wait_seconds)
    except Problem as problem:
        _note_problem(account, problem.sentence)
        raise
    _note_problem(account, "")
    return stored


def _receive(account: CloudAccount, wait_seconds: int) -> list[int]:
    cloud = cloud_in(account, region_of(account))
    messages = cloud.receive(account.queue_url, wait_seconds=wait_seconds)
    now = timezone.now()
    stored = store(account, [read(message.body, now=now) for message in messages], now)
    cloud.acknowledge(account.queue_url, [message.receipt for message in messages])
    return stored


def store(account: CloudAccount, messages: list[Message], now: datetime) -> list[int]:
    """One row a message, however often it comes; the keys of those that are still to be acted on."""
    rows = [_row(account, message, now) for message in messages]
    CloudEvent.objects.bulk_create(rows, ignore_conflicts=True)
    ids = [row.event_id for row in rows]
    waiting = CloudEvent.objects.filter(account=account, event_id__in=ids, state=CloudEventState.RECEIVED)
    return list(waiting.values_list("pk", flat=True))


def region_of(account: CloudAccount) -> str:
    """The region of the account's queue: named in its address, else the account's first."""
    host = (urlsplit(account.queue_url).hostname or "").split(".")
    if len(host) > 2 and host[0] == "sqs":
        return host[1]
    return account.regions[0]


def _note_problem(account: CloudAccount, sentence: str) -> None:
    """Store what is new: a queue is read several times a minute."""
    rows = CloudAccount.objects.filter(pk=account.pk, queue_url=account.queue_url)
    rows.exclude(queue_problem=sentence).update(queue_problem=sentence)


def _row(account: CloudAccount, message: Message, now: datetime) -> CloudEvent:
    dead = bool(message.problem)
    if dead:
        EVENTS.labels(message.kind, CloudEventState.DEAD).inc()
    return CloudEvent(
        account=account,
        event_id=message.event_id,
        kind=message.kind,
        instance_id=message.instance_id,
        body=message.body,
        happened_at=message.happened_at,
        received_at=now,
        state=CloudEventState.DEAD if dead else CloudEventState.RECEIVED,
        look_again_at=None if dead else now,
        note=message.problem[:300],
    )
