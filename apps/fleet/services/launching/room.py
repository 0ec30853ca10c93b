"""What is free on a node, and which pods fit into it. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from apps.fleet.kube.port import SeenNode, SeenPod

CPU, MEMORY, PODS = "cpu", "memory", "pods"
Amounts = Counter[str]


def free_on(node: SeenNode, there: Iterable[SeenPod]) -> Amounts:
    """Allocatable, less what the pods on the node ask for: CPU in milli-cores, memory in MiB."""
    free = Counter({CPU: node.cpu_milli, MEMORY: node.memory_mib, PODS: node.max_pods, **node.extra})
    for pod in there:
        if not pod.is_finished:
            free.subtract(asked_by(pod))
    return free


def fitting(pods: Sequence[SeenPod], free: Amounts) -> list[SeenPod]:
    """Those of `pods`, the largest first, that fit together into what is free."""
    left, chosen = free.copy(), []
    for pod in sorted(pods, key=lambda pod: (pod.cpu_milli, pod.memory_mib), reverse=True):
        wanted = asked_by(pod)
        if all(amount <= left[name] for name, amount in wanted.items()):
            left.subtract(wanted)
            chosen.append(pod)
    return chosen


def asked_by(pod: SeenPod) -> Amounts:
    """What a pod takes of a node."""
    return Counter({CPU: pod.cpu_milli, MEMORY: pod.memory_mib, PODS: 1, **pod.extra})
