"""Answering lists: versions, pages and continue tokens."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from . import errors
from .kinds import Kind, Obj
from .selectors import field_selector, label_selector
from .store import Key, Record, Store, encode

Query = Mapping[str, str]
EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new "
    "list without the continue parameter, or use the continue token in this response to retrieve the "
    "remainder of the results. Continuing with the provided token results in an inconsistent list - objects "
    "that were created, modified, or deleted between the time the first chunk was returned and now may show "
    "up in the list."
)


class Token(msgspec.Struct):
    """A continue token: go on after `start` in the list as it was at `rv`, or as it is now for -1."""

    rv: int
    start: Key

    def text(self) -> str:
        return base64.urlsafe_b64encode(encode(self)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> Token:
        """Parse a token; raises 400."""
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=cls)
        except (binascii.Error, msgspec.MsgspecError, UnicodeError, ValueError) as problem:
            raise errors.bad_request(f"continue key is not valid: {problem}") from problem


@dataclass(frozen=True, slots=True)
class Page:
    """A list's answer, still as records."""

    records: list[Record]
    version: int
    token: str | None = None
    remaining: int | None = None

    @property
    def metadata(self) -> Obj:
        meta: Obj = {"resourceVersion": str(self.version)}
        if self.token:
            meta["continue"] = self.token
        if self.remaining is not None:
            meta["remainingItemCount"] = self.remaining
        return meta


def object_filter(kind: Kind, query: Query) -> Callable[[Obj], bool] | None:
    """What a query's selectors let through, None for everything; raises 400."""
    labels, fields = query.get("labelSelector", ""), query.get("fieldSelector", "")
    if not labels and not fields:
        return None
    chosen, passes = label_selector(labels), field_selector(kind, fields)
    return lambda obj: chosen.matches(obj["metadata"].get("labels")) and passes(obj)


def version_of(query: Query) -> int | None:
    """The query's resourceVersion as a number, None where absent; raises 400."""
    text = query.get("resourceVersion", "")
    if text and not text.isdigit():
        raise errors.bad_request(
            f'invalid resource version "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text) if text else None


def select(store: Store, kind: Kind, namespace: str, query: Query) -> Page:
    """The page of a kind's objects that a query asks for, in order of their keys.

    Raises 400 for a token or selector that cannot be read, 410 for an old version, 504 for a future one.
    """
    passes = object_filter(kind, query)
    limit = int(query.get("limit") or 0)
    token = Token.read(query["continue"]) if query.get("continue") else None
    records, version = _snapshot(store, kind, namespace, query, token)
    records.sort(key=lambda record: record.key)
    if token is not None:
        records = [record for record in records if record.key > token.start]
    if passes is not None:
        records = [record for record in records if passes(record.obj)]
    if not limit or len(records) <= limit:
        return Page(records, version)
    # With a selector the real server does not know how much is left.
    remaining = len(records) - limit if passes is None else None
    records = records[:limit]
    return Page(records, version, Token(rv=version, start=records[-1].key).text(), remaining)


def _snapshot(
    store: Store, kind: Kind, namespace: str, query: Query, token: Token | None
) -> tuple[list[Record], int]:
    if token is not None:
        if token.rv < 0 or token.rv == store.version:
            return store.all(kind, namespace), store.version
        if token.rv < store.floor(kind):
            fresh = Token(rv=-1, start=token.start).text()
            raise errors.expired(EXPIRED, metadata={"continue": fresh})
        return store.at_version(kind, namespace, token.rv), token.rv
    asked = version_of(query)
    if asked and asked > store.version:
        raise errors.version_too_large(asked, store.version)
    if asked and query.get("resourceVersionMatch") == "Exact":
        return store.at_version(kind, namespace, asked), asked
    return store.all(kind, namespace), store.version


def encode_list(kind: Kind, page: Page) -> bytes:
    """A page as JSON; the items carry no kind."""
    return b'{"kind":"%bList","apiVersion":"%b","metadata":%b,"items":[%b]}' % (
        kind.name.encode(),
        kind.api_version.encode(),
        encode(page.metadata),
        b",".join(record.body for record in page.records),
    )
