"""Deletes what lost its owner, and empties namespaces that are ending."""

from __future__ import annotations

from collections.abc import Hashable

from ..facts import is_ending
from ..kinds import KINDS, NAMESPACES
from ..store import Change, Record
from ..writes import DeleteOptions, delete
from .base import Controller, Desk


class Garbage(Controller[Hashable]):
    """Keys are uids of deleted owners, or `("namespace", name)`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        for kind in KINDS:
            self.store.listen(kind, self._notice)

    def _notice(self, change: Change) -> None:
        record = change.record
        if record.kind is NAMESPACES and is_ending(record.obj) and change.type != "DELETED":
            self.mark(("namespace", record.key[1]))
        if change.type == "DELETED":
            self.mark(record.uid)
            namespace = self.store.get(NAMESPACES, "", record.key[0])
            if namespace is not None and is_ending(namespace.obj):
                self.mark(("namespace", record.key[0]))

    def reconcile(self, key: Hashable) -> None:
        if isinstance(key, tuple):
            self._empty(key[1])
            return
        for child in self.store.owned_by(str(key)):
            if not self._has_other_owner(child, str(key)):
                delete(self.store, child, DeleteOptions())

    def _has_other_owner(self, child: Record, gone: str) -> bool:
        return any(reference["uid"] != gone for reference in child.obj["metadata"]["ownerReferences"])

    def _empty(self, name: str) -> None:
        namespace = self.store.get(NAMESPACES, "", name)
        if namespace is None:
            return
        left = [record for kind in KINDS if kind.namespaced for record in self.store.all(kind, name)]
        for record in left:
            if not is_ending(record.obj):
                delete(self.store, record, DeleteOptions())
        if not any(self.store.all(kind, name) for kind in KINDS if kind.namespaced):
            self.store.remove(namespace)
