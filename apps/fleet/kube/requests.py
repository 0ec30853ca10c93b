"""What the scheduler keeps free for a pod, and what a node offers beside CPU, memory and pods."""

from collections.abc import Mapping

from . import wire
from .port import EPHEMERAL_STORAGE
from .quantities import cpu_milli, mib_needed, mib_offered, quantity, size_bytes

Extra = Mapping[str, int]
Requests = tuple[int, int, Extra]  # CPU in milli-cores, memory in bytes, others in MiB or units

CPU, MEMORY, PODS = "cpu", "memory", "pods"
HUGE_PAGES = "hugepages-"
NO_PORTS: frozenset[str] = frozenset()
NOTHING: Extra = {}
FREE: Requests = (0, 0, NOTHING)


def requests_of(spec: wire.PodSpec) -> Requests:
    """What the scheduler keeps free for a pod.

    The containers run together with the sidecars (init containers that restart always); an init container
    runs alone beside the sidecars started before it; the larger of the two counts, plus the overhead.
    Requests of the pod as a whole replace what its containers say.
    """
    sidecars = most = FREE
    for container in spec.init_containers or ():
        own = _requests(container.resources)
        if container.restart_policy == "Always":
            sidecars = _plus(sidecars, own)
            most = _larger(most, sidecars)
        else:
            most = _larger(most, _plus(sidecars, own))
    together = sidecars
    for container in spec.containers or ():
        together = _plus(together, _requests(container.resources))
    cpu, memory, extra = _larger(most, together)
    if spec.resources is not None and (whole := spec.resources.requests):
        cpu = cpu_milli(whole[CPU]) if CPU in whole else cpu
        memory = size_bytes(whole[MEMORY]) if MEMORY in whole else memory
    return _plus((cpu, memory, extra), _amounts(spec.overhead)) if spec.overhead else (cpu, memory, extra)


def extra_offered(allocatable: Mapping[str, str]) -> Extra:
    """The allocatable amounts beside CPU, memory and pods."""
    return {
        name: mib_offered(text) if _is_size(name) else int(quantity(text))
        for name, text in allocatable.items()
        if name not in (CPU, MEMORY, PODS)
    }


def host_ports_of(spec: wire.PodSpec) -> frozenset[str]:
    """The ports of the node that a pod takes for itself."""
    ports = [port for container in spec.containers or () for port in container.ports or () if port.host_port]
    return frozenset(f"{port.protocol or 'TCP'}/{port.host_port}" for port in ports) if ports else NO_PORTS


def _requests(resources: wire.Resources | None) -> Requests:
    return _amounts(resources.requests) if resources is not None and resources.requests else FREE


def _amounts(texts: Mapping[str, str]) -> Requests:
    cpu, memory = texts.get(CPU), texts.get(MEMORY)
    extra = NOTHING if len(texts) == (cpu is not None) + (memory is not None) else _extra(texts)
    return cpu_milli(cpu) if cpu else 0, size_bytes(memory) if memory else 0, extra


def _extra(texts: Mapping[str, str]) -> Extra:
    return {
        name: mib_needed(size_bytes(text)) if _is_size(name) else int(quantity(text))
        for name, text in texts.items()
        if name not in (CPU, MEMORY)
    }


def _is_size(name: str) -> bool:
    return name == EPHEMERAL_STORAGE or name.startswith(HUGE_PAGES)


def _plus(one: Requests, other: Requests) -> Requests:
    return one[0] + other[0], one[1] + other[1], _merged(one[2], other[2]) if other[2] else one[2]


def _larger(one: Requests, other: Requests) -> Requests:
    extra = one[2]
    if other[2]:
        extra = {name: max(extra.get(name, 0), other[2].get(name, 0)) for name in {*extra, *other[2]}}
    return max(one[0], other[0]), max(one[1], other[1]), extra


def _merged(one: Extra, other: Extra) -> Extra:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}
