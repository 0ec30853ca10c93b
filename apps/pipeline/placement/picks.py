"""Which pods a rule is about: its selector in its namespaces, and finding them without asking each pod."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from apps.fleet.kube.port import SeenPod
from apps.fleet.kube.scheduling import LabelRule, PodRule, Selector
from apps.pipeline.optimizer.model import Requirement
from apps.pipeline.verification.eligibility import meets

NAMESPACE_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Pick:
    """The pods that a selector picks in some namespaces; None: in all."""

    namespaces: frozenset[str] | None
    selector: frozenset[Requirement]

    def picks(self, pod: SeenPod) -> bool:
        if self.namespaces is not None and pod.namespace not in self.namespaces:
            return False
        return all(meets(rule, pod.labels) for rule in self.selector)

    def __str__(self) -> str:
        rules = ", ".join(sorted(map(_said, self.selector))) or "all pods"
        return f"{rules} in {', '.join(sorted(self.namespaces)) if self.namespaces else 'any namespace'}"


def pick_of(rule: PodRule, pod: SeenPod, known: Collection[str]) -> Pick | None:
    """What an affinity's term of a pod picks; None where it picks nothing.

    Labels of namespaces are not read: a selector on more than their name counts as if it picked all of them.
    """
    selector = narrowed(rule.selector, pod, rule.match_label_keys, rule.mismatch_label_keys)
    if selector is None:
        return None
    if rule.namespace_selector is None:
        return Pick(rule.namespaces or frozenset({pod.namespace}), selector)
    if not by_name(rule.namespace_selector) or not rule.namespace_selector:
        return Pick(None, selector)
    wanted = _asked(rule.namespace_selector)
    chosen = (name for name in known if all(meets(one, {NAMESPACE_NAME: name}) for one in wanted))
    return Pick(rule.namespaces | frozenset(chosen), selector)


def by_name(namespace_selector: Iterable[LabelRule]) -> bool:
    """Whether it can be told from names alone which namespaces are meant."""
    return all(rule.key == NAMESPACE_NAME for rule in namespace_selector)


def narrowed(
    selector: Selector, pod: SeenPod, same: Iterable[str], other: Iterable[str] = ()
) -> frozenset[Requirement] | None:
    """A selector with the pod's own values of some labels; keys that the pod has no value of say nothing."""
    if selector is None:
        return None
    mine = pod.labels
    more = {Requirement(key, "In", frozenset({mine[key]})) for key in same if key in mine}
    more |= {Requirement(key, "NotIn", frozenset({mine[key]})) for key in other if key in mine}
    return _asked(selector) | more


class PodIndex:
    """Pods by namespace and label, so that a selector looks at few of them."""

    def __init__(self, pods: Iterable[SeenPod]) -> None:
        self._by_namespace: dict[str, list[SeenPod]] = defaultdict(list)
        self._by_label: dict[tuple[str, str, str], list[SeenPod]] = defaultdict(list)
        for pod in pods:
            self._by_namespace[pod.namespace].append(pod)
            for key, value in pod.labels.items():
                self._by_label[pod.namespace, key, value].append(pod)

    @property
    def namespaces(self) -> Collection[str]:
        return self._by_namespace.keys()

    def picked(self, picks: Collection[Pick]) -> list[SeenPod]:
        """The pods that every one of `picks` picks."""
        first, *others = picks
        return [
            pod for pod in self._candidates(first) if first.picks(pod) and all(p.picks(pod) for p in others)
        ]

    def _candidates(self, pick: Pick) -> Iterator[SeenPod]:
        exact = min(
            (rule for rule in pick.selector if rule.operator == "In"),
            key=lambda rule: (len(rule.values), rule.key),
            default=None,
        )
        for namespace in self.namespaces if pick.namespaces is None else pick.namespaces:
            if exact is None:
                yield from self._by_namespace.get(namespace, ())
                continue
            for value in exact.values:
                yield from self._by_label.get((namespace, exact.key, value), ())


@lru_cache(maxsize=4096)
def _asked(selector: frozenset[LabelRule]) -> frozenset[Requirement]:
    return frozenset(Requirement(rule.key, rule.operator, rule.values) for rule in selector)


def _said(rule: Requirement) -> str:
    values = ", ".join(sorted(rule.values))
    match rule.operator:
        case "In":
            return f"{rule.key}={values}"
        case "NotIn":
            return f"{rule.key}!={values}"
        case "Exists":
            return rule.key
    return f"!{rule.key}"
