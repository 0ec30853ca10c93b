"""The trail as CSV, written as it is read."""

import csv
import json
from collections.abc import AsyncIterator, Iterable
from io import StringIO

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from .audit_words import words_of
from .models import AuditEvent
from .selectors.audit import PLATFORM, after

HEAD = ("at", "who", "what", "kind", "target", "client", "address", "request_id", "before", "after")
# A spreadsheet takes a cell that begins with one of these for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


async def csv_of(events: QuerySet[AuditEvent]) -> AsyncIterator[str]:
    """The rows of `events`, newest first, a thousand at a time: no more of them are in memory."""
    yield _lines([HEAD])
    last = None
    while chunk := await sync_to_async(after)(events, last):
        yield _lines(_cells(event) for event in chunk)
        last = chunk[-1]


def _cells(event: AuditEvent) -> tuple[str, ...]:
    return (
        event.at.isoformat(),
        _harmless(event.who.username if event.who else PLATFORM),
        words_of(event.what),
        event.what,
        _harmless(event.target),
        _harmless(event.client.name if event.client else ""),
        getattr(event, "seen_from", None) or "",
        event.request_id,
        _json(event.before),
        _json(event.after),
    )


def _json(values: object) -> str:
    return "" if values is None else json.dumps(values, ensure_ascii=False)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
