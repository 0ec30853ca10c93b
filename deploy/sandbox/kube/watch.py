"""Watch streams. A change is encoded once; a watcher only decides whether it passes."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from . import errors
from .kinds import Kind, Obj
from .listing import Query, object_filter, version_of
from .store import Change, Record, Store, encode, watch_line

BOOKMARK_SECONDS = 60.0
MOST_PENDING = 20_000
INITIAL_END = {"k8s.io/initial-events-end": "true"}


class Show(Protocol):
    """How a record becomes a watch line: as it is, or as a table row."""

    def __call__(self, kind_of_change: str, record: Record) -> bytes: ...


class Watcher:
    """One client's view of a kind's changes."""

    def __init__(
        self,
        store: Store,
        kind: Kind,
        namespace: str,
        passes: Callable[[Obj], bool] | None,
        show: Show | None,
        after: int,
    ) -> None:
        self.kind = kind
        self.pending: deque[bytes] = deque()
        self.wake = asyncio.Event()
        self.is_over = False
        self.is_cut = False
        self._store = store
        self._namespace = namespace
        self._passes = passes
        self._show = show
        self._after = after

    def take(self, change: Change) -> None:
        """Queue a change where it passes: what enters the set is ADDED, what leaves it DELETED."""
        record = change.record
        if record.version <= self._after or self._namespace not in ("", record.key[0]):
            return None
        if self._passes is None:
            return self._queue(change.line if self._show is None else self._show(change.type, record))
        was = change.previous is not None and self._passes(change.previous.obj)
        present = change.type != "DELETED" and self._passes(record.obj)
        if was and present and change.type == "MODIFIED" and self._show is None:
            self._queue(change.line)
        elif present:
            self.show("MODIFIED" if was else "ADDED", record)
        elif was and change.previous is not None:
            self.show("DELETED", change.previous.with_version(record.version))
        return None

    def show(self, kind_of_change: str, record: Record) -> None:
        self._queue((self._show or watch_line)(kind_of_change, record))

    def bookmark(self, annotations: Obj | None = None) -> None:
        meta: Obj = {"resourceVersion": str(self._store.version), "creationTimestamp": None}
        if annotations:
            meta["annotations"] = annotations
        self._queue(
            encode(
                {
                    "type": "BOOKMARK",
                    "object": {"kind": self.kind.name, "apiVersion": self.kind.api_version, "metadata": meta},
                }
            )
            + b"\n"
        )

    def end(self, status: Obj | None = None) -> None:
        """End the stream, with an ERROR event where a status is given."""
        if status is not None:
            self._queue(encode({"type": "ERROR", "object": status}) + b"\n")
        self.is_over = True
        self.wake.set()

    def cut(self) -> None:
        """Break the connection in the middle of the stream."""
        self.is_cut = True
        self.end()

    def _queue(self, line: bytes) -> None:
        self.pending.append(line)
        if len(self.pending) > MOST_PENDING:
            self.is_over = True
        self.wake.set()


def open_watch(store: Store, kind: Kind, namespace: str, query: Query, show: Show | None) -> Watcher:
    """A watcher holding what a new watch is told first; raises 400, 422."""
    passes, version = object_filter(kind, query), version_of(query)
    wants_initial = query.get("sendInitialEvents") == "true"
    if wants_initial and query.get("resourceVersionMatch") != "NotOlderThan":
        raise errors.ApiError(
            422,
            "Invalid",
            'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            details={},
        )
    watcher = Watcher(store, kind, namespace, passes, show, after=0 if wants_initial else version or 0)
    if wants_initial or not version:
        for record in sorted(store.all(kind, namespace), key=lambda record: record.key):
            if passes is None or passes(record.obj):
                watcher.show("ADDED", record)
        if wants_initial and query.get("allowWatchBookmarks") == "true":
            watcher.bookmark(INITIAL_END)
    elif version < store.floor(kind):
        message = f"too old resource version: {version} ({store.floor(kind)})"
        watcher.end(errors.failure(410, "Expired", message))
    else:
        for change in store.since(kind, version):
            watcher.take(change)
    return watcher


async def stream(request: web.Request, store: Store, watcher: Watcher, query: Query) -> web.StreamResponse:
    """Deliver a watcher's lines until it ends, its time is up or the client leaves."""
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"}
    )
    response.enable_chunked_encoding()
    loop = asyncio.get_running_loop()
    # Without a limit of the client's the real server takes half an hour to an hour.
    ends = loop.time() + float(query.get("timeoutSeconds") or random.uniform(1800, 3600))
    bookmarks = query.get("allowWatchBookmarks") == "true"
    next_bookmark = loop.time() + BOOKMARK_SECONDS
    # Before the first await, so that no change falls between what was told and what is listened to.
    stop_listening = store.listen(watcher.kind, watcher.take)
    try:
        await response.prepare(request)
        while not watcher.is_cut:
            if watcher.pending:
                lines = b"".join(watcher.pending)
                watcher.pending.clear()
                await response.write(lines)
                continue
            if watcher.is_over or loop.time() >= ends:
                break
            if bookmarks and loop.time() >= next_bookmark:
                watcher.bookmark()
                next_bookmark += BOOKMARK_SECONDS
                continue
            await _wait(watcher.wake, min(ends, next_bookmark) if bookmarks else ends)
    except ConnectionError:
        return response
    finally:
        stop_listening()
    if watcher.is_cut and request.transport is not None:
        request.transport.abort()
    return response


async def _wait(wake: asyncio.Event, until: float) -> None:
    wake.clear()
    try:
        async with asyncio.timeout_at(until):
            await wake.wait()
    except TimeoutError:
        return
