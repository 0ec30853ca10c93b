"""Amounts in the order of a problem's resources."""

from collections.abc import Iterable, Mapping

from apps.fleet.kube.port import SeenNode, SeenPod
from apps.pipeline.optimizer.model import CPU, MEMORY, PODS, Amounts

Resources = tuple[str, ...]


def resources_of(pods: Iterable[SeenPod]) -> Resources:
    """CPU, memory, pods, and whatever else one of `pods` asks for."""
    return (CPU, MEMORY, PODS, *sorted({name for pod in pods for name in pod.extra}))


def asked_by(pod: SeenPod, resources: Resources) -> Amounts:
    """What a pod takes of a node."""
    return amounts(pod.cpu_milli, pod.memory_mib, 1, pod.extra, resources)


def offered_by(node: SeenNode, resources: Resources) -> Amounts:
    """What a node has for all of its pods."""
    return amounts(node.cpu_milli, node.memory_mib, node.max_pods, node.extra, resources)


def amounts(
    cpu_milli: int, memory_mib: int, pods: int, extra: Mapping[str, int], resources: Resources
) -> Amounts:
    if len(resources) == 3:
        return cpu_milli, memory_mib, pods
    return cpu_milli, memory_mib, pods, *(extra.get(name, 0) for name in resources[3:])


def less(one: Amounts, other: Amounts) -> Amounts:
    """What is left of `one`; never below nothing."""
    return tuple(max(a - b, 0) for a, b in zip(one, other, strict=True))


def plus(one: Amounts, other: Amounts) -> Amounts:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def least(one: Amounts, other: Amounts) -> Amounts:
    return tuple(map(min, one, other))


def most(one: Amounts, other: Amounts) -> Amounts:
    return tuple(map(max, one, other))
