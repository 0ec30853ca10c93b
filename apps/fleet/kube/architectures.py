"""Which processors a pod says it may run on."""

from functools import reduce
from operator import and_, or_

from . import wire

# The second is deprecated, and still in many manifests.
KEYS = ("kubernetes.io/arch", "beta.kubernetes.io/arch")


def architectures_of(spec: wire.PodSpec) -> frozenset[str]:
    """What the node selector and the required node affinity allow; empty where neither names any.

    Only what is named counts: a pod that merely excludes one may still have no image for the rest.
    """
    selected = [frozenset({value}) for key, value in (spec.node_selector or {}).items() if key in KEYS]
    affinity = spec.affinity.node_affinity if spec.affinity else None
    if affinity is not None and affinity.required is not None:
        named = _named_by(affinity.required.node_selector_terms or [])
        selected += [named] if named else []
    return reduce(and_, selected) if selected else frozenset()


def _named_by(terms: list[wire.NodeSelectorTerm]) -> frozenset[str]:
    """One of the terms must hold, so a term that names none leaves all open: then nothing is said."""
    named = [_named_in(term) for term in terms]
    return reduce(or_, named) if named and all(named) else frozenset()


def _named_in(term: wire.NodeSelectorTerm) -> frozenset[str]:
    asked = [
        frozenset(requirement.values or ())
        for requirement in term.match_expressions or ()
        if requirement.key in KEYS and requirement.operator == "In"
    ]
    return reduce(and_, asked) if asked else frozenset()
