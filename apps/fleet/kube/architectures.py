"""Which processors a pod says it may run on."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_

from . import wire

# The second is deprecated, and still in many manifests.
KEYS = ("kubernetes.io/arch", "beta.kubernetes.io/arch")


def architectures_of(selector: Mapping[str, str], terms: Sequence[wire.NodeSelectorTerm]) -> frozenset[str]:
    """What the node selector and the required node affinity allow; empty where neither names any.

    Only what is named counts: a pod that merely excludes one may still have no image for the rest.
    """
    selected = [frozenset({value}) for key, value in selector.items() if key in KEYS]
    named = _named_by(terms)
    selected += [named] if named else []
    return reduce(and_, selected) if selected else frozenset()


def _named_by(terms: Sequence[wire.NodeSelectorTerm]) -> frozenset[str]:
    """One of the terms must hold, so a term that names none leaves all open: then nothing is said."""
    named = [_named_in(term) for term in terms]
    return reduce(or_, named) if named and all(named) else frozenset()


def _named_in(term: wire.NodeSelectorTerm) -> frozenset[str]:
    asked = [
        frozenset(expression.values or ())
        for expression in term.match_expressions or ()
        if expression.key in KEYS and expression.operator == "In"
    ]
    return reduce(and_, asked) if asked else frozenset()
