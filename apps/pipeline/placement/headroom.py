"""Room that a policy keeps free: placeholders that are planned like pods and never launched for by name."""

import math
from collections.abc import Iterable, Iterator

from apps.fleet.kube.port import SeenPod
from apps.fleet.models import Policy
from apps.pipeline.optimizer.model import Amounts, Pod, Shape

from .amounts import Resources, amounts
from .new_nodes import NVIDIA

PREFIX = "headroom/"
# A placeholder is no larger than this, so that the room need not be in one piece.
PIECE_CPU_MILLI, PIECE_MEMORY_MIB = 1000, 4096
MOST_PIECES = 100


def headroom(policy: Policy, pods: Iterable[SeenPod], resources: Resources) -> list[Pod]:
    """The placeholders of a policy; `pods` are all that ask for room now."""
    cpu, memory = policy.headroom_cpu_milli, policy.headroom_memory_mib
    if policy.headroom_pct:
        counted = [pod for pod in pods if not pod.is_daemon and not pod.is_mirror]
        cpu += math.ceil(sum(pod.cpu_milli for pod in counted) * policy.headroom_pct / 100)
        memory += math.ceil(sum(pod.memory_mib for pod in counted) * policy.headroom_pct / 100)
    pieces = [*_pieces(cpu, memory, resources), *_accelerators(policy.headroom_gpus, resources)]
    return [Pod(f"{PREFIX}{number}", Shape(asks)) for number, asks in enumerate(pieces, 1)]


def is_headroom(pod_id: str) -> bool:
    return pod_id.startswith(PREFIX)


def with_headroom(policy: Policy, resources: Resources) -> Resources:
    """The resources with those that only the headroom asks for."""
    if not policy.headroom_gpus or NVIDIA in resources:
        return resources
    return (*resources[:3], *sorted((*resources[3:], NVIDIA)))


def _pieces(cpu: int, memory: int, resources: Resources) -> Iterator[Amounts]:
    if not cpu and not memory:
        return
    number = min(max(math.ceil(cpu / PIECE_CPU_MILLI), math.ceil(memory / PIECE_MEMORY_MIB)), MOST_PIECES)
    piece = amounts(math.ceil(cpu / number), math.ceil(memory / number), 1, {}, resources)
    yield from (piece for _ in range(number))


def _accelerators(gpus: int, resources: Resources) -> Iterator[Amounts]:
    yield from (amounts(0, 0, 1, {NVIDIA: 1}, resources) for _ in range(gpus))
