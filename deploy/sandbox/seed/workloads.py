"""What runs in a cluster: many small services and a few large ones, most of them behind a budget."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient, ApiException, AppsV1Api, CoreV1Api, PolicyV1Api

BASELINE = "sandbox/replicas"
NAMESPACES = ("shop", "payments", "search", "data", "platform")
FIRST_WORDS = (
    "cart",
    "catalog",
    "checkout",
    "price",
    "stock",
    "order",
    "invoice",
    "mail",
    "image",
    "session",
)
LAST_WORDS = ("api", "worker", "cache", "gateway", "indexer", "exporter")
# Half full: what leaves a node finds room elsewhere, and a cheaper node has something to take.
FILLED_SHARE = 0.5
CPU_MILLI = (50, 100, 100, 200, 250, 500)
MEBIBYTES_PER_MILLI = (0.5, 1.0, 1.0, 1.6)
PARETO_SHAPE = 1.3
MOST_REPLICAS = 16
BUDGET_SHARE = 0.6
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Service:
    """One deployment; cpu in thousandths of a core, memory in MiB."""

    name: str
    namespace: str
    replicas: int
    cpu: int
    memory: int
    has_budget: bool

    @property
    def labels(self) -> dict[str, str]:
        return {"app": self.name}


def services(cpu_milli: int, most: int, chance: random.Random) -> Iterator[Service]:
    """Services that together ask for a part of `cpu_milli`, `most` at the most."""
    left = int(cpu_milli * FILLED_SHARE)
    names = [f"{first}-{last}" for first in FIRST_WORDS for last in LAST_WORDS]
    chance.shuffle(names)
    for number in range(most):
        name = names[number % len(names)] + (f"-{number // len(names)}" if number >= len(names) else "")
        cpu = chance.choice(CPU_MILLI)
        replicas = min(MOST_REPLICAS, int(2 * chance.paretovariate(PARETO_SHAPE)), left // cpu)
        if replicas < 1:
            return
        left -= replicas * cpu
        memory = int(cpu * chance.choice(MEBIBYTES_PER_MILLI))
        has_budget = replicas > 1 and chance.random() < BUDGET_SHARE
        yield Service(name, chance.choice(NAMESPACES), replicas, cpu, memory, has_budget)


def ensure_workloads(api: ApiClient, nodes: list[Any], most: int, chance: random.Random) -> int:
    """Create the cluster's deployments, budgets and DaemonSets where missing; how many deployments."""
    apps, policy, core = AppsV1Api(api), PolicyV1Api(api), CoreV1Api(api)
    for name in NAMESPACES:
        unless_there(core.create_namespace, {"metadata": {"name": name}})
    for name, cpu in (("aws-node", "25m"), ("kube-proxy", "100m")):
        unless_there(apps.create_namespaced_daemon_set, "kube-system", _daemon_set(name, cpu))
    capacity = sum(milli(node.status.allocatable["cpu"]) for node in nodes)
    chosen = list(services(capacity, most, chance))
    for service in chosen:
        unless_there(apps.create_namespaced_deployment, service.namespace, _deployment(service))
        if service.has_budget:
            unless_there(
                policy.create_namespaced_pod_disruption_budget, service.namespace, _budget(service, chance)
            )
    return len(chosen)


def milli(cpu: str) -> int:
    """A Kubernetes CPU quantity in thousandths of a core."""
    return int(cpu[:-1]) if cpu.endswith("m") else int(float(cpu) * 1000)


def unless_there(create: Any, *arguments: Any) -> None:
    """Create an object, or leave the one of that name as it is."""
    try:
        create(*arguments)
    except ApiException as error:
        if error.status != CONFLICT:
            raise


def _deployment(service: Service) -> dict[str, Any]:
    return {
        "metadata": {
            "name": service.name,
            "labels": service.labels,
            "annotations": {BASELINE: str(service.replicas)},
        },
        "spec": {
            "replicas": service.replicas,
            "selector": {"matchLabels": service.labels},
            "template": {
                "metadata": {"labels": service.labels},
                "spec": {
                    "containers": [container(service.name, f"{service.cpu}m", f"{service.memory}Mi")],
                    "topologySpreadConstraints": [
                        {
                            "maxSkew": 1,
                            "topologyKey": "topology.kubernetes.io/zone",
                            "whenUnsatisfiable": "ScheduleAnyway",
                            "labelSelector": {"matchLabels": service.labels},
                        }
                    ],
                },
            },
        },
    }


def _budget(service: Service, chance: random.Random) -> dict[str, Any]:
    bound = chance.choice(({"maxUnavailable": 1}, {"maxUnavailable": "25%"}, {"minAvailable": "50%"}))
    return {
        "metadata": {"name": service.name, "labels": service.labels},
        "spec": {"selector": {"matchLabels": service.labels}, **bound},
    }


def _daemon_set(name: str, cpu: str) -> dict[str, Any]:
    labels = {"k8s-app": name}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [container(name, cpu, "64Mi")],
                    "tolerations": [{"operator": "Exists"}],
                    "priorityClassName": "system-node-critical",
                },
            },
        },
    }


def container(name: str, cpu: str, memory: str) -> dict[str, Any]:
    """A container that asks for so much."""
    return {
        "name": name,
        "image": f"images.example.com/{name}:1.0",
        "resources": {"requests": {"cpu": cpu, "memory": memory}},
    }
