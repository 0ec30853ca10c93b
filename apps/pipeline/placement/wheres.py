"""From a pod's rules on nodes to the problem's `Where`."""

from collections.abc import Iterable
from functools import lru_cache

from apps.fleet.kube.scheduling import LabelRule, NodeTerm, Scheduling, Tolerated
from apps.pipeline.optimizer.model import ZONE_LABEL, Requirement, Toleration, Where

# A node's name as a label, for the rules that name it; a new node has none.
NAME_LABEL = "metadata.name"
# The same place under its older and its driver's name.
SAME_LABEL = {
    "failure-domain.beta.kubernetes.io/zone": ZONE_LABEL,
    "topology.ebs.csi.aws.com/zone": ZONE_LABEL,
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}
NOWHERE = Requirement(NAME_LABEL, "In", frozenset())
Term = frozenset[Requirement]


@lru_cache(maxsize=4096)
def where_of(scheduling: Scheduling) -> Where:
    """Where pods with these rules may run, other pods apart."""
    return Where(terms_of(scheduling), tolerations_of(scheduling))


def terms_of(scheduling: Scheduling) -> tuple[Term, ...]:
    """The node selector and one of the affinity's terms; a term that says nothing admits no node."""
    selector = frozenset(map(requirement, scheduling.selector))
    if scheduling.terms is None:
        return (selector,) if selector else ()
    said = [selector | _asked(term) for term in scheduling.terms if term.labels or term.names]
    return tuple(sorted(said, key=_order)) or (frozenset({NOWHERE}),)


def tolerations_of(scheduling: Scheduling) -> frozenset[Toleration]:
    return frozenset(map(_toleration, scheduling.tolerations))


def narrowed(where: Where, more: Iterable[Requirement]) -> Where:
    """The same, with further requirements."""
    added = frozenset(more)
    if not added:
        return where
    return Where(tuple(term | added for term in where.terms) or (added,), where.tolerations)


def requirement(rule: LabelRule) -> Requirement:
    return Requirement(SAME_LABEL.get(rule.key, rule.key), rule.operator, rule.values)


def _asked(term: NodeTerm) -> Term:
    names = (Requirement(NAME_LABEL, rule.operator, rule.values) for rule in term.names)
    return frozenset((*map(requirement, term.labels), *names))


def _toleration(said: Tolerated) -> Toleration:
    return Toleration(said.key, said.operator, said.value, said.effect)


def _order(term: Term) -> list[tuple[str, str, list[str]]]:
    """Equal rules are written alike, so that their pods are of one class."""
    return sorted((one.key, one.operator, sorted(one.values)) for one in term)
