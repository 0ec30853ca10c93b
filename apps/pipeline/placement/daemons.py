"""What DaemonSets take of every node that they run on, told from their pods on the nodes that are there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from apps.fleet.kube.port import Owner, SeenPod
from apps.fleet.kube.scheduling import NodeTerm, Scheduling
from apps.pipeline.optimizer.model import Amounts, Taint, Where
from apps.pipeline.verification.eligibility import admits

from .amounts import Resources, asked_by, most, plus
from .wheres import where_of


@dataclass(frozen=True, slots=True)
class DaemonSet:
    """Where its pods run, and the most that one of them asks for."""

    where: Where
    asks: Amounts


def daemon_sets(pods: Iterable[SeenPod], resources: Resources) -> list[DaemonSet]:
    """The DaemonSets that have pods."""
    found: dict[Owner, DaemonSet] = {}
    for pod in pods:
        if not pod.is_daemon or pod.owner is None:
            continue
        asks, known = asked_by(pod, resources), found.get(pod.owner)
        if known is None:
            found[pod.owner] = DaemonSet(where_of(_on_any_node(pod.scheduling)), asks)
        elif asks != known.asks:
            found[pod.owner] = replace(known, asks=most(known.asks, asks))
    return list(found.values())


class Overhead:
    """What the DaemonSets would take of a new node."""

    def __init__(self, daemons: Iterable[DaemonSet], resources: Resources) -> None:
        self._daemons = list(daemons)
        self._nothing: Amounts = (0,) * len(resources)
        terms = (term for daemon in self._daemons for term in daemon.where.terms)
        self._keys = sorted({requirement.key for term in terms for requirement in term})
        self._known: dict[tuple[object, ...], Amounts] = {}

    def on(self, labels: Mapping[str, str], taints: frozenset[Taint]) -> Amounts:
        alike = (taints, *(labels.get(key) for key in self._keys))
        if alike not in self._known:
            total = self._nothing
            for daemon in self._daemons:
                if admits(daemon.where, labels, taints):
                    total = plus(total, daemon.asks)
            self._known[alike] = total
        return self._known[alike]


def _on_any_node(scheduling: Scheduling) -> Scheduling:
    """The controller ties each pod to its node; what is left is what the template says of nodes."""
    if scheduling.terms is None:
        return scheduling
    terms = frozenset(NodeTerm(term.labels) for term in scheduling.terms)
    without = any(not term.labels for term in terms)
    return replace(scheduling, terms=None if without else terms)
