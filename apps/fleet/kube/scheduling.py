"""What a pod asks of the place where it runs: the hard rules; what is only preferred is left out.

Alike pods share one `Scheduling` object. Rules name labels and selectors as the API has them: which pods a
selector picks is for the reader to find out, who knows the pod's own namespace and labels.
"""

from dataclasses import dataclass

DO_NOT_SCHEDULE = "DoNotSchedule"


@dataclass(frozen=True, slots=True)
class LabelRule:
    """One expression on labels. `operator`: In, NotIn, Exists, DoesNotExist; on nodes Gt and Lt as well."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()


# Every rule must hold; an empty one picks all objects, None picks none.
Selector = frozenset[LabelRule] | None


@dataclass(frozen=True, slots=True)
class NodeTerm:
    """What a node must be: `labels` on its labels, `names` on its name (the key is not looked at).

    A term without either admits no node.
    """

    labels: frozenset[LabelRule] = frozenset()
    names: frozenset[LabelRule] = frozenset()


@dataclass(frozen=True, slots=True)
class Tolerated:
    """An empty key with Exists tolerates everything, an empty effect every effect."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


@dataclass(frozen=True, slots=True)
class SpreadRule:
    """A topologySpreadConstraint that forbids.

    The pod's own values of `match_label_keys` narrow the selector. `every_node`, `every_taint`: nodes that
    its affinity rules out, or whose taints it does not tolerate, count as domains all the same.
    """

    domain: str
    max_skew: int
    selector: Selector
    match_label_keys: frozenset[str] = frozenset()
    min_domains: int = 1
    every_node: bool = False
    every_taint: bool = True


@dataclass(frozen=True, slots=True)
class PodRule:
    """A term of a required pod (anti-)affinity.

    It looks at `namespaces` and at those that `namespace_selector` picks; where neither says anything, at the
    pod's own. The pod's own values of `match_label_keys` narrow the selector, those of `mismatch_label_keys`
    are excluded from it.
    """

    domain: str
    selector: Selector
    namespaces: frozenset[str] = frozenset()
    namespace_selector: Selector = None
    match_label_keys: frozenset[str] = frozenset()
    mismatch_label_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scheduling:
    """`selector` must hold beside at least one of `terms`; None where there is no required node affinity."""

    selector: frozenset[LabelRule] = frozenset()
    terms: frozenset[NodeTerm] | None = None
    tolerations: frozenset[Tolerated] = frozenset()
    spreads: frozenset[SpreadRule] = frozenset()
    together: frozenset[PodRule] = frozenset()
    apart: frozenset[PodRule] = frozenset()
    # That the node selector or the required affinity names; empty where they say nothing of them.
    architectures: frozenset[str] = frozenset()


ANYWHERE = Scheduling()
