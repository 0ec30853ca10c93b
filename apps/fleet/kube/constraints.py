"""Reading a pod's hard rules of scheduling, once for all pods that were written alike."""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from . import wire
from .architectures import architectures_of
from .scheduling import (
    ANYWHERE,
    DO_NOT_SCHEDULE,
    LabelRule,
    NodeTerm,
    PodRule,
    Scheduling,
    Selector,
    SpreadRule,
    Tolerated,
)

IGNORE = "Ignore"
NODE_SELECTOR = msgspec.json.Decoder(dict[str, str] | None)
AFFINITY = msgspec.json.Decoder(wire.Affinity | None)
TOLERATIONS = msgspec.json.Decoder(list[wire.Toleration] | None)
SPREADS = msgspec.json.Decoder(list[wire.Spread] | None)


def scheduling_of(spec: wire.PodSpec) -> Scheduling:
    """The rules of a pod; pods of one template get the same object. Raises msgspec.DecodeError."""
    return _read(
        bytes(spec.node_selector),
        bytes(spec.affinity),
        bytes(spec.tolerations),
        bytes(spec.topology_spread_constraints),
    )


# A cluster has a few hundred templates; its DaemonSets' pods name their node and are one each.
@lru_cache(maxsize=8192)
def _read(node_selector: bytes, affinity: bytes, tolerations: bytes, spreads: bytes) -> Scheduling:
    selected = NODE_SELECTOR.decode(node_selector or b"null") or {}
    said = AFFINITY.decode(affinity or b"null") or wire.Affinity()
    required = said.node_affinity.required if said.node_affinity else None
    terms = None if required is None else required.node_selector_terms or []
    scheduling = Scheduling(
        selector=frozenset(_exactly(selected)),
        terms=None if terms is None else frozenset(_term(term) for term in terms),
        tolerations=frozenset(_tolerated(one) for one in TOLERATIONS.decode(tolerations or b"null") or ()),
        spreads=frozenset(
            _spread(one)
            for one in SPREADS.decode(spreads or b"null") or ()
            if one.when_unsatisfiable == DO_NOT_SCHEDULE
        ),
        together=_pod_rules(said.pod_affinity),
        apart=_pod_rules(said.pod_anti_affinity),
        architectures=architectures_of(selected, terms or []),
    )
    return ANYWHERE if scheduling == ANYWHERE else scheduling


def _exactly(labels: dict[str, str]) -> Iterable[LabelRule]:
    return (LabelRule(key, "In", frozenset({value})) for key, value in labels.items())


def _expressions(rules: list[wire.Expression] | None) -> frozenset[LabelRule]:
    return frozenset(LabelRule(rule.key, rule.operator, frozenset(rule.values or ())) for rule in rules or ())


def _term(term: wire.NodeSelectorTerm) -> NodeTerm:
    return NodeTerm(_expressions(term.match_expressions), _expressions(term.match_fields))


def _tolerated(toleration: wire.Toleration) -> Tolerated:
    return Tolerated(
        toleration.key or "",
        toleration.operator or "Equal",
        toleration.value or "",
        toleration.effect or "",
    )


def _selector(selector: wire.LabelSelector | None) -> Selector:
    if selector is None:
        return None
    return frozenset(_exactly(selector.match_labels or {})) | _expressions(selector.match_expressions)


def _spread(spread: wire.Spread) -> SpreadRule:
    return SpreadRule(
        domain=spread.topology_key,
        max_skew=spread.max_skew,
        selector=_selector(spread.label_selector),
        match_label_keys=frozenset(spread.match_label_keys or ()),
        min_domains=spread.min_domains or 1,
        every_node=spread.node_affinity_policy == IGNORE,
        every_taint=(spread.node_taints_policy or IGNORE) == IGNORE,
    )


def _pod_rules(affinity: wire.PodAffinity | None) -> frozenset[PodRule]:
    return frozenset(
        PodRule(
            domain=term.topology_key,
            selector=_selector(term.label_selector),
            namespaces=frozenset(term.namespaces or ()),
            namespace_selector=_selector(term.namespace_selector),
            match_label_keys=frozenset(term.match_label_keys or ()),
            mismatch_label_keys=frozenset(term.mismatch_label_keys or ()),
        )
        for term in (affinity.required if affinity else None) or ()
    )
