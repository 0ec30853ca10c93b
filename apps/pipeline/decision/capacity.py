"""What of an instance is left for pods: the formula of EKS's images and of Karpenter's estimate."""

from .model import Room

# What the hypervisor and the kernel keep, as Karpenter assumes until it has seen a node of the type.
VM_OVERHEAD_PERCENT = 7.5
# kube-reserved in steps: (up to this many milli-cores, share in basis points).
CPU_STEPS = ((1000, 600), (2000, 100), (4000, 50), (1_000_000_000, 25))
MEMORY_RESERVED_MIB, MEMORY_PER_POD_MIB = 255, 11
EVICTION_THRESHOLD_MIB = 100


def allocatable(cpu_milli: int, memory_mib: int, max_pods: int, gpus: int = 0) -> Room:
    """The room for pods on an instance of that shape."""
    reserved = MEMORY_RESERVED_MIB + MEMORY_PER_POD_MIB * max_pods + EVICTION_THRESHOLD_MIB
    memory = int(memory_mib * (100 - VM_OVERHEAD_PERCENT) / 100) - reserved
    return Room(cpu_milli - _cpu_reserved(cpu_milli), max(memory, 0), max_pods, gpus)


def _cpu_reserved(cpu_milli: int) -> int:
    reserved, below = 0, 0
    for until, basis_points in CPU_STEPS:
        reserved += max(0, min(cpu_milli, until) - below) * basis_points
        below = until
    return reserved // 10_000
