"""Counting ready pods over time: the lowest number seen is what a budget's test looks at."""

from __future__ import annotations

from .facts import is_ending, is_ready, labels
from .kinds import PODS, Obj
from .selectors import label_selector
from .store import Change, Store


class Probe:
    """How many pods of a namespace and selector are ready, and the fewest there were."""

    def __init__(self, store: Store, namespace: str, selector: str) -> None:
        self._namespace = namespace
        self._selector = label_selector(selector)
        self.ready = sum(1 for record in store.all(PODS, namespace) if self._counts(record.obj))
        self.lowest = self.ready

    def take(self, change: Change) -> None:
        if self._namespace not in ("", change.record.key[0]):
            return
        was = change.previous is not None and self._counts(change.previous.obj)
        present = change.type != "DELETED" and self._counts(change.record.obj)
        self.ready += present - was
        self.lowest = min(self.lowest, self.ready)

    def _counts(self, pod: Obj) -> bool:
        # A terminating pod no longer serves, whatever its Ready condition still says.
        return is_ready(pod) and not is_ending(pod) and self._selector.matches(labels(pod))


class Probes:
    """The probes of a cluster, by namespace and selector."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._probes: dict[tuple[str, str], Probe] = {}
        store.listen(PODS, self._take)

    def start(self, namespace: str, selector: str) -> Probe:
        """Begin to count, or begin again."""
        probe = self._probes[namespace, selector] = Probe(self._store, namespace, selector)
        return probe

    def get(self, namespace: str, selector: str) -> Probe:
        """The probe, begun now where nobody did before."""
        return self._probes.get((namespace, selector)) or self.start(namespace, selector)

    def _take(self, change: Change) -> None:
        for probe in self._probes.values():
            probe.take(change)
