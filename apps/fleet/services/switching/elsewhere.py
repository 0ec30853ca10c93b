"""Whether pods fit on other nodes, by room, labels and taints. A forecast: the scheduler decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.fleet.kube.port import DISRUPTION_TAINT, SeenNode, SeenPod, Taint
from apps.fleet.kube.scheduling import LabelRule, NodeTerm, Scheduling, Tolerated

KEEPS_AWAY = ("NoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True)
class Forecast:
    """Which node each pod would go to; `homeless` ones fit on none of the `open` nodes."""

    places: Sequence[tuple[SeenPod, str]]
    homeless: Sequence[SeenPod]
    open: int

    def of(self, node_name: str) -> list[str]:
        """Where the pods of a node would go, one entry each."""
        return [place for pod, place in self.places if pod.node_name == node_name]


@dataclass(slots=True)
class Target:
    node: SeenNode
    free: dict[str, int] = field(default_factory=dict)

    def takes(self, pod: SeenPod) -> bool:
        asked = {name: amount for name, amount in amounts(pod).items() if amount > 0}
        has_room = all(self.free.get(name, 0) >= amount for name, amount in asked.items())
        return has_room and admits(pod.scheduling, self.node)

    def take(self, pod: SeenPod) -> None:
        for name, amount in amounts(pod).items():
            self.free[name] = self.free.get(name, 0) - amount


def forecast(nodes: Iterable[SeenNode], pods: Sequence[SeenPod], *, leaving: frozenset[str]) -> Forecast:
    """Where the pods of the nodes that are `leaving`, and those that wait for a node, would find room.

    The largest are placed first, each where the least is left.
    """
    targets = [target_of(node, pods) for node in nodes if is_open(node) and node.name not in leaving]
    moving = [pod for pod in pods if must_move(pod) and (pod.node_name in leaving or not pod.node_name)]
    places: list[tuple[SeenPod, str]] = []
    homeless: list[SeenPod] = []
    for pod in sorted(moving, key=lambda pod: (-pod.cpu_milli, -pod.memory_mib, pod.namespace, pod.name)):
        room = [target for target in targets if target.takes(pod)]
        if not room:
            homeless.append(pod)
            continue
        best = min(room, key=lambda target: (target.free["cpu"], target.free["memory"], target.node.name))
        best.take(pod)
        places.append((pod, best.node.name))
    return Forecast(places, homeless, len(targets))


def is_open(node: SeenNode) -> bool:
    """Whether the scheduler may put pods on a node at all."""
    return node.ready and not node.unschedulable and all(t.key != DISRUPTION_TAINT for t in node.taints)


def must_move(pod: SeenPod) -> bool:
    """Whether a pod needs another place when its node goes."""
    return not (pod.is_daemon or pod.is_mirror or pod.is_finished or pod.terminating or pod.gates)


def target_of(node: SeenNode, pods: Iterable[SeenPod]) -> Target:
    free = {"cpu": node.cpu_milli, "memory": node.memory_mib, "pods": node.max_pods, **node.extra}
    target = Target(node, free)
    for pod in pods:
        if pod.node_name == node.name and not pod.is_finished:
            target.take(pod)
    return target


def amounts(pod: SeenPod) -> dict[str, int]:
    return {"cpu": pod.cpu_milli, "memory": pod.memory_mib, "pods": 1, **pod.extra}


def admits(asked: Scheduling, node: SeenNode) -> bool:
    """Whether a pod's rules on nodes let it run there."""
    if not all(meets(rule, node.labels) for rule in asked.selector):
        return False
    if asked.terms is not None and not any(term_admits(term, node) for term in asked.terms):
        return False
    repelling = [taint for taint in node.taints if taint.effect in KEEPS_AWAY]
    return all(any(tolerates(said, taint) for said in asked.tolerations) for taint in repelling)


def term_admits(term: NodeTerm, node: SeenNode) -> bool:
    """A term without any rule admits nobody, as the API has it."""
    if not term.labels and not term.names:
        return False
    named = {rule.key: node.name for rule in term.names}
    return all(meets(rule, node.labels) for rule in term.labels) and all(
        meets(rule, named) for rule in term.names
    )


def meets(rule: LabelRule, labels: Mapping[str, str]) -> bool:
    value = labels.get(rule.key)
    match rule.operator:
        case "In":
            return value in rule.values
        case "NotIn":
            return value not in rule.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    [limit] = rule.values if len(rule.values) == 1 else [""]
    if value is None or not value.lstrip("-").isdecimal() or not limit.lstrip("-").isdecimal():
        return False
    return int(value) > int(limit) if rule.operator == "Gt" else int(value) < int(limit)


def tolerates(said: Tolerated, taint: Taint) -> bool:
    if said.effect not in ("", taint.effect):
        return False
    if said.operator == "Exists":
        return said.key in ("", taint.key)
    return said.key == taint.key and said.value == taint.value
