"""The trail of who changed what, as it is read."""

from datetime import UTC, date, datetime, time
from typing import TypedDict, Unpack
from uuid import UUID

from django.db.models import Case, F, GenericIPAddressField, Q, QuerySet, Value, When

from ..models import AuditEvent, Role, User
from ..tenancy import visible_to

NEWEST_FIRST = ("-at", "-id")
CHUNK = 1_000
PLATFORM = "platform"  # who it was where it was nobody


class Asked(TypedDict, total=False):
    """What a reader narrows the trail down to. Dates are UTC, and both of them belong to it."""

    who: str
    what: str
    target: str
    since: date
    until: date
    client: UUID


def trail_of(reader: User, **asked: Unpack[Asked]) -> QuerySet[AuditEvent]:
    """The part of the trail that a person may read, the newest first, with who and which tenant. One query.

    `seen_from` is the address; to a tenant's people, that of operators is none.
    """
    events = visible_to(reader, AuditEvent).select_related("who", "client").order_by(*NEWEST_FIRST)
    return events.filter(_condition(asked)).annotate(seen_from=_address_for(reader))


def after(events: QuerySet[AuditEvent], last: AuditEvent | None) -> list[AuditEvent]:
    """The next thousand at most. Rows that come meanwhile are newer, so none is skipped or read twice."""
    if last is not None:
        # The first condition says nothing that the second does not; the index understands it.
        events = events.filter(at__lte=last.at).filter(Q(at__lt=last.at) | Q(pk__lt=last.pk))
    return list(events[:CHUNK])


def _condition(asked: Asked) -> Q:
    condition = Q()
    if who := asked.get("who"):
        named = Q(who__username__icontains=who) | Q(who__name__icontains=who)
        condition &= Q(who=None) if who.lower() == PLATFORM else named
    if what := asked.get("what"):
        condition &= Q(what=what)
    for word in asked.get("target", "").split():
        condition &= Q(target__icontains=word)
    if since := asked.get("since"):
        condition &= Q(at__gte=datetime.combine(since, time.min, tzinfo=UTC))
    if until := asked.get("until"):
        condition &= Q(at__lte=datetime.combine(until, time.max, tzinfo=UTC))
    if client := asked.get("client"):
        condition &= Q(client=client)
    return condition


def _address_for(reader: User) -> Case | F:
    if reader.role == Role.ADMIN:
        return F("address")
    return Case(
        When(who__role=Role.ADMIN, then=Value(None)),
        default=F("address"),
        output_field=GenericIPAddressField(null=True),
    )
