"""The objects of one cluster, their history, and who listens to it.

Everything runs in one event loop, so a method that does not await is a transaction. A stored object is
never changed in place: `Record.thaw` gives a copy to change, `Store.replace` stores it. Each version is
encoded once, however many lists and watches deliver it.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec

from . import errors
from .kinds import PODS, Kind, Obj

FIRST_VERSION = 300
HISTORY_LENGTH = 1_000
HISTORY_SECONDS = 300
Key = tuple[str, str]
encode = msgspec.json.encode
decode = msgspec.json.decode


def now_text(micro: bool = False) -> str:
    """The present in the API's notation, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


class Record:
    """One version of one object, without `kind` and `apiVersion`."""

    __slots__ = ("_body", "key", "kind", "obj", "version")

    def __init__(self, kind: Kind, obj: Obj, version: int) -> None:
        self.kind = kind
        self.obj = obj
        self.version = version
        meta = obj["metadata"]
        self.key: Key = (meta.get("namespace", ""), meta["name"])
        self._body: bytes | None = None

    @property
    def body(self) -> bytes:
        """The object as JSON, as it stands in a list."""
        if self._body is None:
            self._body = encode(self.obj)
        return self._body

    def forget_body(self) -> None:
        """Free the encoded form of a version that is history; it is made again where somebody asks."""
        self._body = None

    @property
    def full(self) -> bytes:
        """The object as JSON with its kind, as a GET answers it."""
        return b'{"kind":"%b","apiVersion":"%b",%b' % (
            self.kind.name.encode(),
            self.kind.api_version.encode(),
            self.body[1:],
        )

    @property
    def uid(self) -> str:
        return str(self.obj["metadata"]["uid"])

    def thaw(self) -> Obj:
        """A copy that may be changed."""
        copy: Obj = decode(self.body)
        return copy

    def with_version(self, version: int) -> Record:
        return Record(
            self.kind,
            {**self.obj, "metadata": {**self.obj["metadata"], "resourceVersion": str(version)}},
            version,
        )


class Change:
    """What happened to an object; `type` is ADDED, MODIFIED or DELETED."""

    __slots__ = ("_line", "previous", "record", "time", "type")

    def __init__(self, kind_of_change: str, record: Record, previous: Record | None) -> None:
        self.type = kind_of_change
        self.record = record
        self.previous = previous
        self.time = time.monotonic()
        self._line: bytes | None = None

    @property
    def line(self) -> bytes:
        """The change as one line of a watch."""
        if self._line is None:
            self._line = watch_line(self.type, self.record)
        return self._line


def watch_line(kind_of_change: str, record: Record) -> bytes:
    return b'{"type":"%b","object":%b}\n' % (kind_of_change.encode(), record.full)


Listener = Callable[[Change], None]


class Store:
    """All objects of a cluster under one running resourceVersion."""

    def __init__(self) -> None:
        self.version = FIRST_VERSION
        self._tables: dict[Kind, dict[str, dict[str, Record]]] = defaultdict(lambda: defaultdict(dict))
        self._history: dict[Kind, deque[Change]] = defaultdict(deque)
        self._floor: dict[Kind, int] = defaultdict(int)
        self._listeners: dict[Kind, list[Listener]] = defaultdict(list)
        self._owned: dict[str, dict[tuple[Kind, Key], None]] = defaultdict(dict)
        # Nothing is known of the time before the first object.
        self.compacted = FIRST_VERSION

    # -- reading

    def get(self, kind: Kind, namespace: str, name: str) -> Record | None:
        return self._tables[kind][namespace].get(name)

    def need(self, kind: Kind, namespace: str, name: str) -> Record:
        """The object's present version; raises 404."""
        record = self.get(kind, namespace, name)
        if record is None:
            raise errors.not_found(kind, name)
        return record

    def all(self, kind: Kind, namespace: str = "") -> list[Record]:
        """Every object of a kind, of one namespace or of all, in no order."""
        table = self._tables[kind]
        if namespace:
            return list(table[namespace].values())
        return [record for records in list(table.values()) for record in records.values()]

    def owned_by(self, uid: str, kind: Kind | None = None) -> list[Record]:
        """What has an owner reference to `uid`."""
        found = (
            self.get(child, *key) for child, key in list(self._owned.get(uid, ())) if kind in (None, child)
        )
        return [record for record in found if record is not None]

    def at_version(self, kind: Kind, namespace: str, version: int) -> list[Record]:
        """The objects as they were at `version`; raises 410 where the history no longer reaches so far."""
        if version < self.floor(kind):
            raise errors.expired("The resourceVersion for the provided list is too old.")
        state = {record.key: record for record in self.all(kind, namespace)}
        for change in reversed(self._history[kind]):
            if change.record.version <= version:
                break
            if namespace in ("", change.record.key[0]):
                if change.previous is None:
                    state.pop(change.record.key, None)
                else:
                    state[change.record.key] = change.previous
        return list(state.values())

    def floor(self, kind: Kind) -> int:
        """The oldest resourceVersion from which a kind's changes are still known."""
        return max(self._floor[kind], self.compacted)

    def since(self, kind: Kind, version: int) -> Iterator[Change]:
        """A kind's changes after `version`, oldest first."""
        return (change for change in tuple(self._history[kind]) if change.record.version > version)

    # -- writing

    def create(self, kind: Kind, obj: Obj) -> Record:
        """Store a new object with its uid, time and version; raises 409 where the name is taken."""
        meta = obj["metadata"]
        if self.get(kind, meta.get("namespace", ""), meta["name"]) is not None:
            raise errors.already_exists(kind, meta["name"])
        meta["uid"] = str(uuid.uuid4())
        meta["creationTimestamp"] = now_text()
        if kind.has_generation:
            meta["generation"] = 1
        record = self._stamp(kind, obj)
        self._link(record)
        self._publish(Change("ADDED", record, None))
        return record

    def replace(self, old: Record, obj: Obj) -> Record:
        """Store a changed object; without a difference nothing is written and no version used."""
        obj["metadata"]["resourceVersion"] = old.obj["metadata"]["resourceVersion"]
        if obj == old.obj:
            return old
        if old.kind.has_generation and _spec(old.kind, old.obj) != _spec(old.kind, obj):
            obj["metadata"]["generation"] = old.obj["metadata"].get("generation", 0) + 1
        _share(old.obj, obj)
        record = self._stamp(old.kind, obj)
        if obj["metadata"].get("ownerReferences") != old.obj["metadata"].get("ownerReferences"):
            self._unlink(old)
            self._link(record)
        self._publish(Change("MODIFIED", record, old))
        old.forget_body()
        return record

    def edit(self, old: Record, change: Callable[[Obj], None]) -> Record:
        """Store what `change` makes of a copy of the object."""
        obj = old.thaw()
        change(obj)
        return self.replace(old, obj)

    def remove(self, old: Record) -> Record:
        """Take an object out; returns its last state with the deletion's version."""
        self.version += 1
        record = old.with_version(self.version)
        namespace, name = old.key
        del self._tables[old.kind][namespace][name]
        self._unlink(old)
        self._publish(Change("DELETED", record, old))
        return record

    def compact(self) -> None:
        """Forget the history: older resourceVersions are gone from now on."""
        self._history.clear()
        self.compacted = self.version

    # -- listening

    def listen(self, kind: Kind, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every change of a kind; returns what ends it."""
        self._listeners[kind].append(listener)
        return lambda: self._listeners[kind].remove(listener)

    def _stamp(self, kind: Kind, obj: Obj) -> Record:
        self.version += 1
        obj["metadata"]["resourceVersion"] = str(self.version)
        record = Record(kind, obj, self.version)
        namespace, name = record.key
        self._tables[kind][namespace][name] = record
        return record

    def _link(self, record: Record) -> None:
        for owner in record.obj["metadata"].get("ownerReferences") or ():
            self._owned[owner["uid"]][(record.kind, record.key)] = None

    def _unlink(self, record: Record) -> None:
        for owner in record.obj["metadata"].get("ownerReferences") or ():
            children = self._owned[owner["uid"]]
            children.pop((record.kind, record.key), None)
            if not children:
                del self._owned[owner["uid"]]

    def _publish(self, change: Change) -> None:
        kind = change.record.kind
        history = self._history[kind]
        history.append(change)
        oldest_kept = change.time - HISTORY_SECONDS
        while len(history) > HISTORY_LENGTH or history[0].time < oldest_kept:
            self._floor[kind] = history.popleft().record.version
        for listener in tuple(self._listeners[kind]):
            listener(change)


def _share(old: Obj, new: Obj) -> None:
    """Let a new version hold the old one's unchanged parts: history then costs little more than changes."""
    for before, after in ((old, new), (old["metadata"], new["metadata"])):
        for name, value in after.items():
            if isinstance(value, (dict, list)) and value == before.get(name):
                after[name] = before[name]


def _spec(kind: Kind, obj: Obj) -> Obj:
    """What counts for the generation: binding a pod does not, beginning to delete an object does."""
    spec = obj.get("spec", {})
    if kind is PODS:
        spec = {name: value for name, value in spec.items() if name != "nodeName"}
    return {"spec": spec, "deleting": obj["metadata"].get("deletionTimestamp")}
