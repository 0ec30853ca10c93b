"""Whether a pod fits a node: the scheduler's filters, each with the real one's words for its refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .. import facts
from ..kinds import Obj
from ..quantities import Amounts, amounts
from ..selectors import Selector, expression, object_selector
from ..store import Key, Record

UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
HOSTNAME = "kubernetes.io/hostname"
Refusal = tuple[str, ...]
# With these reasons no victim of preemption would help.
RESOLVABLE = ("Insufficient", "Too many pods", "node(s) didn't match pod")


@dataclass(slots=True)
class NodeView:
    """A node as the scheduler sees it, its usage kept up to date pod by pod."""

    node: Obj
    free: Amounts = field(default_factory=dict)
    total: Amounts = field(default_factory=dict)
    pods: dict[Key, tuple[Amounts, Record]] = field(default_factory=dict)
    owners: Counter[str] = field(default_factory=Counter)
    exclusive: dict[Key, Record] = field(default_factory=dict)

    def see(self, node: Obj) -> None:
        """Take over a changed node."""
        total = amounts((node["status"] or {}).get("allocatable"))
        if total != self.total:
            self.total = total
            self.free = dict(total)
            for requested, _ in self.pods.values():
                self._take(requested, 1)
        self.node = node

    def add(self, pod: Record, requested: Amounts) -> None:
        if pod.key not in self.pods:
            self._take(requested, 1)
            self.owners[(facts.owner(pod.obj) or {}).get("uid", "")] += 1
        self.pods[pod.key] = (requested, pod)
        if anti_affinity(pod.obj):
            self.exclusive[pod.key] = pod

    def remove(self, key: Key) -> bool:
        """Forget a pod; returns whether it was here."""
        present = self.pods.pop(key, None)
        if present is None:
            return False
        self._take(present[0], -1)
        self.owners[(facts.owner(present[1].obj) or {}).get("uid", "")] -= 1
        self.exclusive.pop(key, None)
        return True

    def label(self, key: str) -> str | None:
        return facts.labels(self.node).get(key)

    def _take(self, requested: Amounts, sign: int) -> None:
        for name, amount in requested.items():
            self.free[name] = self.free.get(name, 0) - sign * amount
        self.free["pods"] = self.free.get("pods", 0) - sign * 1000


def refuse(pod: Obj, requested: Amounts, view: NodeView) -> Refusal:
    """Why the node itself does not take the pod, nothing where it does."""
    spec, node = pod["spec"], view.node
    if node["spec"].get("unschedulable") and not facts.tolerates(
        spec.get("tolerations") or [], UNSCHEDULABLE
    ):
        return ("node(s) were unschedulable",)
    for taint in node["spec"].get("taints") or ():
        if taint["effect"] != "PreferNoSchedule" and not facts.tolerates(
            spec.get("tolerations") or [], taint
        ):
            return (f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value') or ''}}}",)
    if not matches_affinity(spec, node):
        return ("node(s) didn't match Pod's node affinity/selector",)
    lacking = [
        f"Insufficient {name}" for name, amount in requested.items() if amount > view.free.get(name, 0)
    ]
    if view.free.get("pods", 0) < 1000:
        lacking.insert(0, "Too many pods")
    return tuple(lacking)


def matches_affinity(spec: Obj, node: Obj) -> bool:
    """Whether a node meets a pod's nodeSelector and required node affinity."""
    present = facts.labels(node)
    if any(present.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    if not required:
        return True
    own_fields = {"metadata.name": node["metadata"]["name"]}
    return any(_term(term, present, own_fields) for term in required.get("nodeSelectorTerms") or ())


def reaches(required: list[Obj], node: Obj) -> bool:
    """Whether a node meets the required node affinity of every volume."""
    present = facts.labels(node)
    return all(any(_term(term, present, {}) for term in one["nodeSelectorTerms"]) for one in required)


def _term(term: Obj, present: dict[str, str], own_fields: dict[str, str]) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(expression(part)(present) for part in expressions) and all(
        expression(part)(own_fields) for part in fields
    )


def anti_affinity(pod: Obj) -> list[Obj]:
    """A pod's required podAntiAffinity terms."""
    return _required(pod, "podAntiAffinity")


def affinity(pod: Obj) -> list[Obj]:
    """A pod's required podAffinity terms."""
    return _required(pod, "podAffinity")


def minds_others(pod: Obj) -> bool:
    """Whether the pods on a node decide if this one may go there."""
    spread = pod["spec"].get("topologySpreadConstraints")
    return bool(spread or affinity(pod) or anti_affinity(pod))


def _required(pod: Obj, which: str) -> list[Obj]:
    terms = (pod["spec"].get("affinity") or {}).get(which) or {}
    return terms.get("requiredDuringSchedulingIgnoredDuringExecution") or []


def refuse_spread(pod: Obj, view: NodeView, views: Iterable[NodeView]) -> bool:
    """Whether the pod there would break one of its hard topology spread constraints."""
    for constraint in pod["spec"].get("topologySpreadConstraints") or ():
        if constraint.get("whenUnsatisfiable", "DoNotSchedule") != "DoNotSchedule":
            continue
        key, chosen = constraint["topologyKey"], object_selector(constraint.get("labelSelector"))
        here = view.label(key)
        if here is None:
            return True
        domains: Counter[str] = Counter()
        for other in views:
            domain = other.label(key)
            if domain is not None and matches_affinity(pod["spec"], other.node):
                domains[domain] += sum(1 for _, peer in other.pods.values() if _counts(peer, pod, chosen))
        fewest = min(domains.values(), default=0) if len(domains) >= constraint.get("minDomains", 1) else 0
        itself = int(chosen.matches(facts.labels(pod)))
        if domains[here] + itself - fewest > constraint["maxSkew"]:
            return True
    return False


def _counts(peer: Record, pod: Obj, chosen: Selector) -> bool:
    same = peer.key[0] == pod["metadata"].get("namespace") and not facts.is_ending(peer.obj)
    return same and chosen.matches(facts.labels(peer.obj))


def refuse_neighbours(pod: Obj, view: NodeView, views: Iterable[NodeView]) -> str:
    """What refuses by pod (anti-)affinity, the pod's own or that of pods already there; empty for none."""
    everyone = list(views)
    for term in affinity(pod):
        peers = _in_domain(term, view, everyone)
        first = _term_matches(term, pod, pod) and not any(
            _term_matches(term, pod, peer.obj) for other in everyone for _, peer in other.pods.values()
        )
        if not first and not any(_term_matches(term, pod, peer.obj) for peer in peers):
            return "node(s) didn't match pod affinity rules"
    for term in anti_affinity(pod):
        if any(_term_matches(term, pod, peer.obj) for peer in _in_domain(term, view, everyone)):
            return "node(s) didn't match pod anti-affinity rules"
    for other in everyone:
        for peer in other.exclusive.values():
            for term in anti_affinity(peer.obj):
                key = term["topologyKey"]
                same = other.label(key) is not None and other.label(key) == view.label(key)
                if same and _term_matches(term, peer.obj, pod):
                    return "node(s) didn't satisfy existing pods anti-affinity rules"
    return ""


def _in_domain(term: Obj, view: NodeView, views: list[NodeView]) -> Iterable[Record]:
    key = term["topologyKey"]
    here = view.label(key)
    if here is None:
        return
    for other in views:
        if other is view or (key != HOSTNAME and other.label(key) == here):
            yield from (pod for _, pod in other.pods.values())


def _term_matches(term: Obj, owner: Obj, other: Obj) -> bool:
    namespaces = term.get("namespaces") or [owner["metadata"].get("namespace")]
    return other["metadata"].get("namespace") in namespaces and object_selector(
        term.get("labelSelector")
    ).matches(facts.labels(other))


def explain(total: int, refusals: list[Refusal]) -> str:
    """The scheduler's message for a pod that no node takes."""
    if not total:
        return "no nodes available to schedule pods"
    reasons = Counter(reason for refusal in refusals for reason in refusal)
    listed = ", ".join(sorted(f"{number} {reason}" for reason, number in reasons.items()))
    helpful = sum(1 for refusal in refusals if all(reason.startswith(RESOLVABLE) for reason in refusal))
    hopes = [f"{helpful} No preemption victims found for incoming pod"] if helpful else []
    if total > helpful:
        hopes.append(f"{total - helpful} Preemption is not helpful for scheduling")
    return (
        f"0/{total} nodes are available: {listed}. preemption: 0/{total} nodes are available: "
        f"{', '.join(hopes)}."
    )
