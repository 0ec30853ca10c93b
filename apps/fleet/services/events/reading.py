"""An EventBridge event as it lies in the queue. Pure: text in, dataclass out."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec

INTERRUPTION = "EC2 Spot Instance Interruption Warning"
REBALANCE = "EC2 Instance Rebalance Recommendation"
STATE_CHANGE = "EC2 Instance State-change Notification"
HEALTH = "AWS Health Event"
GROUP_TERMINATES = "EC2 Instance-terminate Lifecycle Action"
# Events that say nothing without an instance.
OF_AN_INSTANCE = frozenset({INTERRUPTION, REBALANCE, STATE_CHANGE, GROUP_TERMINATES})

LONGEST_RAW = 20_000
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
InstanceId = Annotated[str, msgspec.Meta(pattern="^i-[0-9a-f]{1,22}$")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Envelope(msgspec.Struct, frozen=True):
    id: ShortText
    kind: ShortText = msgspec.field(name="detail-type")
    time: Instant
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the queue. `problem` says why it can never be acted on; empty where it can."""

    event_id: str
    kind: str
    happened_at: datetime
    body: dict[str, Any]
    instance_id: str = ""
    problem: str = ""


def read(text: str, *, now: datetime) -> Message:
    """The message that `text` is; what cannot be read is one with a problem, the same for the same text."""
    try:
        event = msgspec.json.decode(text, type=Envelope)
        body = msgspec.json.decode(text)
        if r"\u0000" in text:
            return _unreadable(text, "it holds a NUL character", now)
        ids = instance_ids(event.kind, event.detail)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        return _unreadable(text, str(error), now)
    problem = "it names no instance" if event.kind in OF_AN_INSTANCE and not ids else ""
    first = ids[0] if ids else ""
    return Message(event.id, event.kind, event.time, body, first, problem)


def instance_ids(kind: str, detail: dict[str, Any]) -> list[str]:
    """The instances that an event is about. Raises msgspec.ValidationError for what is no instance's id."""
    if kind == HEALTH:
        entities = msgspec.convert(detail.get("affectedEntities") or [], list[dict[str, Any]])
        values = (str(entity.get("entityValue", "")) for entity in entities)
        return [msgspec.convert(value, InstanceId) for value in values if value.startswith("i-")]
    value = detail.get("EC2InstanceId" if kind == GROUP_TERMINATES else "instance-id")
    return [] if value is None else [msgspec.convert(value, InstanceId)]


def _unreadable(text: str, why: str, now: datetime) -> Message:
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    # Escaped, so that no text that AWS (or anybody else) sends can be refused by the database.
    raw = ascii(text[:LONGEST_RAW])
    problem = f"The message cannot be read: {why}"
    return Message(f"unreadable-{digest[:60]}", "unreadable", now, {"raw": raw}, problem=problem)
