"""Which nodes cannot be emptied as their pods stand, and why the others are kept: reasons with sentences."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..optimizer.model import HOST_LABEL, ZONE_LABEL, RuleKind
from .model import FinalState, Layout, RunningNode, RunningPod, Stay, Way


@dataclass(frozen=True, slots=True)
class Kept:
    node: str
    reason: Stay
    sentence: str


def with_stays(layout: Layout) -> Layout:
    """The layout with a `stay` on each node that a pod on it holds in place."""
    uneven = _uneven(layout.nodes)
    nodes = [
        replace(node, stay=held.reason, sentence=held.sentence)
        if node.stay is None and (held := _held(node, layout.budgets, uneven))
        else node
        for node in layout.nodes
    ]
    return replace(layout, nodes=nodes)


def kept_nodes(layout: Layout, final: FinalState, way: Way) -> list[Kept]:
    """Every node that is not removed, with the reason; held ones are those that no wave could take."""
    kept = []
    for node in layout.nodes:
        if sentence := way.held.get(node.name):
            kept.append(Kept(node.name, Stay.HELD, sentence))
        elif node.stay is not None:
            kept.append(Kept(node.name, node.stay, node.sentence))
        elif node.name not in final.removed:
            arriving = sum(target == node.name for target in final.moves.values())
            kept.append(
                Kept(node.name, Stay.NEEDED, f"Keeps its {_pods(len(node.pods))} and takes {arriving} more.")
            )
    return kept


def _held(
    node: RunningNode, budgets: Mapping[str, int], uneven: Mapping[tuple[str, str], str]
) -> Kept | None:
    for pod in node.pods:
        if pod.budget and budgets.get(pod.budget, 0) <= 0:
            return Kept(
                node.name, Stay.BUDGET, f"Budget {pod.budget} lets no pod go, pod {pod.id} is under it."
            )
        if any(rule.kind is RuleKind.TOGETHER and rule.domain == HOST_LABEL for rule in pod.shape.rules):
            return Kept(node.name, Stay.TOGETHER, f"Pod {pod.id} must run beside others on the same node.")
        for rule in pod.shape.rules:
            if rule.domain == ZONE_LABEL and (sentence := uneven.get((rule.group, node.zone))):
                return Kept(
                    node.name, Stay.UNEVEN, f"Pod {pod.id} could not come back to its zone: {sentence}"
                )
    return None


def _uneven(nodes: Sequence[RunningNode]) -> dict[tuple[str, str], str]:
    """(group, zone) of spreads that hold more there than their rule lets a new pod join, in words."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    skews: dict[str, int] = {}
    for node in nodes:
        for group, number in node.members.items():
            counts[group][node.zone] += number
        for pod in node.pods:
            _count(pod, node.zone, counts, skews)
    zones = {node.zone for node in nodes}
    return {
        (group, zone): f"it holds {count} of {group}, another zone {least}, and {skew} more are allowed."
        for group, skew in skews.items()
        for least in [min(counts[group][zone] for zone in zones)]
        for zone, count in counts[group].items()
        if count - least > skew
    }


def _count(pod: RunningPod, zone: str, counts: dict[str, Counter[str]], skews: dict[str, int]) -> None:
    for group in pod.shape.member_of:
        counts[group][zone] += 1
    for rule in pod.shape.rules:
        if rule.kind is RuleKind.SPREAD and rule.domain == ZONE_LABEL:
            skews[rule.group] = min(rule.skew, skews.get(rule.group, rule.skew))


def _pods(count: int) -> str:
    return f"{count} pod{'' if count == 1 else 's'}"
