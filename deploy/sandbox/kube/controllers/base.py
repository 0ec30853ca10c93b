"""What every controller has: the store, the knobs, a list of what to look at again, and timers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import ClassVar, Generic, TypeVar

from ..facts import owner_reference
from ..kinds import EVENTS, Kind, Obj
from ..knobs import Knobs
from ..store import Change, Key, Record, Store, now_text

MOST_EVENTS = 400
K = TypeVar("K", bound=Hashable)


class Desk:
    """What the controllers of one cluster share."""

    def __init__(self, store: Store, knobs: Knobs) -> None:
        self.store = store
        self.knobs = knobs
        self.wake = asyncio.Event()
        self.is_open = False

    def later(self, seconds: float, call: Callable[..., object], *args: object) -> None:
        """Call once after some seconds, unless the cluster has ended by then."""
        asyncio.get_running_loop().call_later(seconds, self._call, call, args)

    def _call(self, call: Callable[..., object], args: tuple[object, ...]) -> None:
        if self.is_open:
            call(*args)

    def say(self, about: Record, kind: str, reason: str, message: str, source: str) -> None:
        """Write an Event about an object, or count the one that says the same."""
        namespace, name = about.key
        event_name = f"{name}.{hash((about.uid, reason, message)) & (2**63 - 1):016x}"
        stamp = now_text()
        present = self.store.get(EVENTS, namespace or "default", event_name)
        if present is not None:
            count = present.obj["count"] + 1
            self.store.edit(present, lambda obj: obj.update(count=count, lastTimestamp=stamp))
            return
        events = self.store.all(EVENTS)
        if len(events) >= MOST_EVENTS:
            self.store.remove(min(events, key=lambda event: event.version))
        reference = {
            "kind": about.kind.name,
            "apiVersion": about.kind.api_version,
            "name": name,
            "uid": about.uid,
            "resourceVersion": about.obj["metadata"]["resourceVersion"],
        }
        if namespace:
            reference["namespace"] = namespace
        self.store.create(
            EVENTS,
            {
                "metadata": {"name": event_name, "namespace": namespace or "default"},
                "involvedObject": reference,
                "reason": reason,
                "message": message,
                "type": kind,
                "count": 1,
                "firstTimestamp": stamp,
                "lastTimestamp": stamp,
                "eventTime": None,
                "source": {"component": source},
                "reportingComponent": source,
                "reportingInstance": "",
            },
        )


class Controller(Generic[K]):
    """Notices changes, marks what they concern, and later looks at each marked key once.

    A subclass lists in `notices` which method takes a kind's changes, and `reconcile` acts on a key.
    """

    notices: ClassVar[dict[Kind, str]] = {}

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.store = desk.store
        self.knobs = desk.knobs
        self._marked: dict[K, None] = {}
        for kind, method in self.notices.items():
            self.store.listen(kind, getattr(self, method))

    def mark(self, key: K) -> None:
        """Look at `key` soon."""
        self._marked[key] = None
        self.desk.wake.set()

    def mark_later(self, seconds: float, key: K) -> None:
        self.desk.later(seconds, self.mark, key)

    def take(self) -> list[K]:
        """The marked keys, which are marked no longer."""
        marked = list(self._marked)
        self._marked.clear()
        return marked

    def start(self) -> None:
        """Called once, inside the event loop."""

    def reconcile(self, key: K) -> None:
        raise NotImplementedError


class ObjectController(Controller[Key]):
    """A controller whose keys are namespace and name of an object."""

    def mark_object(self, change: Change) -> None:
        self.mark(change.record.key)


def controlled_by(owner: Record) -> Obj:
    """The owner reference that a workload's child carries."""
    return owner_reference(owner.kind.name, owner.kind.api_version, owner.obj)
