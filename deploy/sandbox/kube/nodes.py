"""What a machine looks like as a Node object."""

from __future__ import annotations

from dataclasses import dataclass, field

from .instance_types import Size
from .kinds import Obj
from .store import now_text
from .writes import set_condition

VERSION = "v1.36.2"
PRESSURES = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}
# The kubelet's hard eviction threshold and EKS's formula of kube-reserved memory, MiB.
EVICTION_MIB, RESERVED_MIB, RESERVED_MIB_PER_POD = 100, 255, 11


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that runs a kubelet for one cluster."""

    name: str
    instance_type: str
    zone: str
    size: Size
    ip: str
    instance_id: str = ""
    lifecycle: str = "on_demand"
    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[Obj, ...] = ()

    @property
    def region(self) -> str:
        return self.zone[:-1]


def node(machine: Machine) -> Obj:
    """The Node that the machine's kubelet registers, not yet Ready."""
    size = machine.size
    arch_labels = {
        "kubernetes.io/arch": size.arch,
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": machine.name,
    }
    place_labels = {
        "node.kubernetes.io/instance-type": machine.instance_type,
        "topology.kubernetes.io/region": machine.region,
        "topology.kubernetes.io/zone": machine.zone,
        "eks.amazonaws.com/capacityType": "SPOT" if machine.lifecycle == "spot" else "ON_DEMAND",
    }
    spec: Obj = {"taints": list(machine.taints)} if machine.taints else {}
    if machine.instance_id:
        spec["providerID"] = f"aws:///{machine.zone}/{machine.instance_id}"
    obj: Obj = {
        "metadata": {"name": machine.name, "labels": {**arch_labels, **place_labels, **machine.labels}},
        "spec": spec,
        "status": {
            "capacity": _resources(size.cpu_milli, size.memory_mib, size),
            "allocatable": _resources(
                size.cpu_milli - _reserved_cpu(size.cpu_milli),
                max(
                    size.memory_mib - (EVICTION_MIB + RESERVED_MIB + RESERVED_MIB_PER_POD * size.pods),
                    size.memory_mib // 2,
                ),
                size,
            ),
            "addresses": [
                {"type": "InternalIP", "address": machine.ip},
                {"type": "InternalDNS", "address": machine.name},
                {"type": "Hostname", "address": machine.name},
            ],
            "nodeInfo": {
                "architecture": size.arch,
                "operatingSystem": "linux",
                "kubeletVersion": VERSION,
                "kubeProxyVersion": VERSION,
                "osImage": "Amazon Linux 2023",
                "kernelVersion": "6.12.20-23.97.amzn2023",
                "containerRuntimeVersion": "containerd://2.1.4",
                "bootID": "",
                "machineID": "",
                "systemUUID": "",
            },
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        },
    }
    for name, (reason, message) in PRESSURES.items():
        set_condition(
            obj["status"], name, "False", reason=reason, message=message, lastHeartbeatTime=now_text()
        )
    set_ready(obj, False)
    return obj


def set_ready(node: Obj, ready: bool) -> None:
    """The kubelet's Ready condition."""
    reason, message = (
        ("KubeletReady", "kubelet is posting ready status")
        if ready
        else (
            "KubeletNotReady",
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
            "message:Network plugin returns error: cni plugin not initialized",
        )
    )
    set_condition(
        node["status"],
        "Ready",
        "True" if ready else "False",
        reason=reason,
        message=message,
        lastHeartbeatTime=now_text(),
    )


def _resources(cpu_milli: int, memory_mib: int, size: Size) -> Obj:
    found: Obj = {
        "cpu": f"{cpu_milli}m" if cpu_milli % 1000 else str(cpu_milli // 1000),
        "memory": f"{memory_mib * 1024}Ki",
        "ephemeral-storage": "83873772Ki",
        "pods": str(size.pods),
    }
    if size.gpus:
        found["nvidia.com/gpu"] = str(size.gpus)
    return found


def _reserved_cpu(cpu_milli: int) -> int:
    """EKS's kube-reserved CPU: 6 % of one core, 1 % of a second, 0.5 % of two more, 0.25 % of the rest."""
    cores = cpu_milli / 1000
    shares = (
        60 * min(cores, 1),
        10 * min(max(cores - 1, 0), 1),
        5 * min(max(cores - 2, 0), 2),
        2.5 * max(cores - 4, 0),
    )
    return int(sum(shares))
