"""A cluster whose load has fallen: 100 nodes and 1,500 pods of Deployments, made from a seed.

It was bought at fair prices when it was busy; now 37 % of its CPU and 25 % of its memory are asked for. Types
and prices come from the packing inputs, all prices multiplied so that the bill is $42.27 an hour.
"""

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from apps.pipeline.consolidation.model import Layout, NodeBudget, RunningNode, RunningPod, Stay, Terms
from apps.pipeline.optimizer.model import (
    HOST_LABEL,
    LIFECYCLE_LABEL,
    ON_DEMAND,
    SPOT,
    ZONE_LABEL,
    Offering,
    Requirement,
    Rule,
    RuleKind,
    Shape,
    Where,
)

NODES, PODS, BILL = 100, 1500, 42.27
CPU_SHARE, MEMORY_SHARE = 0.37, 0.25
FAMILIES = ("m5", "m5a", "m6i", "m6a", "c5", "c5a", "c6i", "c6a", "r5", "r5a", "r6i")
SIZES = {"xlarge": 2, "2xlarge": 4, "4xlarge": 4, "8xlarge": 2}
DAEMONS = (200, 300, 3)  # milli-cores, MiB and pods that the DaemonSets take of every node
CPU_MILLI = (100, 250, 250, 500, 500, 1000, 2000)
MEMORY_PER_CPU = (1, 2, 2, 3, 4)
ON_DEMAND_FACTOR = 2.2  # of a type's mean price in the input
ON_DEMAND_NODES = 12
PROTECTED_PODS = 6


@dataclass(frozen=True, slots=True)
class App:
    """A Deployment of the made cluster. `budget`: how many of its pods may be missing, None without a PDB."""

    name: str
    replicas: int
    cpu: int
    memory: int
    rules: frozenset[Rule]
    where: Where
    budget: int | None


def make_layout(folder: Path, *, seed: int = 1) -> Layout:
    """The cluster of a seed; the same seed makes the same cluster."""
    random = Random(seed)
    offerings = offerings_of(
        json.loads(gzip.decompress((folder / "deploy_1000.json.gz").read_bytes()))["types"]
    )
    nodes = [empty_node(number, offering) for number, offering in enumerate(pick(offerings, random))]
    apps = make_apps(nodes, random)
    factor = BILL / sum(node.price for node in nodes)
    filled = [replace(node, price=node.price * factor) for node in place(apps, nodes, random)]
    return Layout(
        resources=("cpu", "memory", "pods"),
        nodes=protect(filled, random),
        offerings=[replace(o, price=o.price * factor, cost=o.cost * factor) for o in offerings],
        budgets={app.name: app.budget for app in apps if app.budget is not None},
        terms=Terms(at_once=(NodeBudget("policy", pct=10), NodeBudget("count", count=8))),
    )


def offerings_of(types: Sequence[dict[str, Any]]) -> list[Offering]:
    """Spot at the input's price in each zone, and on-demand."""
    made: list[Offering] = []
    for entry in types:
        family, _, size = entry["name"].partition(".")
        if family not in FAMILIES or size not in SIZES:
            continue
        mean = sum(off["price"] for off in entry["off"]) / len(entry["off"])
        for off in entry["off"]:
            for lifecycle, price in ((SPOT, off["price"]), (ON_DEMAND, mean * ON_DEMAND_FACTOR)):
                capacity = (entry["cpu"] - DAEMONS[0], entry["mem"] - DAEMONS[1], entry["pods"] - DAEMONS[2])
                labels = {
                    ZONE_LABEL: off["zone"],
                    LIFECYCLE_LABEL: lifecycle,
                    "kubernetes.io/arch": entry["arch"],
                }
                made.append(
                    Offering(len(made), entry["name"], off["zone"], lifecycle, price, price, capacity, labels)
                )
    return made


def pick(offerings: Sequence[Offering], random: Random) -> list[Offering]:
    """The pools that the nodes were bought from: of three looked at, the cheapest a core."""
    spot = [o for o in offerings if o.lifecycle == SPOT]
    on_demand = [o for o in offerings if o.lifecycle == ON_DEMAND]
    picked = [cheapest(on_demand, random) for _ in range(ON_DEMAND_NODES)]
    return picked + [cheapest(spot, random) for _ in range(NODES - ON_DEMAND_NODES)]


def cheapest(offerings: Sequence[Offering], random: Random) -> Offering:
    size = random.choices(list(SIZES), list(SIZES.values()))[0]
    sized = [o for o in offerings if o.instance_type.partition(".")[2] == size]
    return min(random.sample(sized, 6), key=lambda o: o.price / o.capacity[0])


def empty_node(number: int, offering: Offering) -> RunningNode:
    return RunningNode(
        name=f"node-{number:03}",
        zone=offering.zone,
        lifecycle=offering.lifecycle,
        price=offering.price,
        capacity=offering.capacity,
        pods=(),
        labels=offering.labels,
    )


def make_apps(nodes: Sequence[RunningNode], random: Random) -> list[App]:
    """Deployments with Pareto replica counts, whose requests add up to the shares of the nodes' capacity."""
    replicas: list[int] = []
    while sum(replicas) < PODS:
        replicas.append(min(2 + int(random.paretovariate(0.9)), 120, PODS - sum(replicas)))
    shapes = [
        (random.choice((100, 250, 250, 500, 500, 1000, 2000)), random.choice((1, 2, 2, 3, 4)))
        for _ in replicas
    ]
    cpu = sum(count * shape[0] for count, shape in zip(replicas, shapes, strict=True))
    memory = sum(count * shape[0] * shape[1] for count, shape in zip(replicas, shapes, strict=True))
    by_cpu = CPU_SHARE * sum(node.capacity[0] for node in nodes) / cpu
    by_memory = MEMORY_SHARE * sum(node.capacity[1] for node in nodes) / memory
    return [
        make_app(number, count, int(shape[0] * by_cpu), int(shape[0] * shape[1] * by_memory), random)
        for number, (count, shape) in enumerate(zip(replicas, shapes, strict=True))
    ]


def make_app(number: int, replicas: int, cpu: int, memory: int, random: Random) -> App:
    name = f"app-{number:02}"
    rules: frozenset[Rule] = frozenset()
    draw = random.random()
    if draw < 0.2:
        rules = frozenset({Rule(RuleKind.SPREAD, name, ZONE_LABEL)})
    elif draw < 0.3 and replicas <= 20:
        rules = frozenset({Rule(RuleKind.APART, name, HOST_LABEL)})
    where = Where()
    if random.random() < 0.06 and replicas <= 30:
        where = Where(terms=(frozenset({Requirement(LIFECYCLE_LABEL, "In", frozenset({ON_DEMAND}))}),))
    budget = None
    if random.random() < 0.8:
        share = random.choice((0.8, 0.9))
        by_share = replicas - math.ceil(share * replicas)
        budget = max(1, by_share) if random.random() < 0.6 else 1
    return App(name, replicas, cpu, memory, rules, where, budget)


def place(apps: Sequence[App], nodes: Sequence[RunningNode], random: Random) -> list[RunningNode]:
    """As a scheduler does that likes the emptiest node: the pods, in random order, each to the least used."""
    pods = [(app, f"{app.name}-{index}") for app in apps for index in range(app.replicas)]
    random.shuffle(pods)
    here: dict[str, list[RunningPod]] = {node.name: [] for node in nodes}
    used = {node.name: [0, 0, 0] for node in nodes}
    per_zone: dict[str, dict[str, int]] = {app.name: {node.zone: 0 for node in nodes} for app in apps}
    for app, id in pods:
        shape = Shape((app.cpu, app.memory, 1), app.where, app.rules, frozenset({app.name}))
        zones = per_zone[app.name]
        fitting = [
            node
            for node in nodes
            if all(u + r <= c for u, r, c in zip(used[node.name], shape.requests, node.capacity, strict=True))
            and (not app.where.terms or node.lifecycle == ON_DEMAND)
            and follows(app, node, zones, here[node.name])
        ]
        sample = random.sample(fitting, min(8, len(fitting)))
        best = min(sample, key=lambda n: max(u / c for u, c in zip(used[n.name], n.capacity, strict=True)))
        here[best.name].append(RunningPod(id, shape, app.name if app.budget is not None else ""))
        zones[best.zone] += 1
        used[best.name] = [u + r for u, r in zip(used[best.name], shape.requests, strict=True)]
    return [replace(n, pods=tuple(here[n.name]), leaving_usd=0.0045 * len(here[n.name])) for n in nodes]


def follows(app: App, node: RunningNode, zones: Mapping[str, int], here: Sequence[RunningPod]) -> bool:
    """Whether another pod of the app may join a node: evenly over zones, or never beside its like."""
    kinds = {rule.kind for rule in app.rules}
    if RuleKind.SPREAD in kinds:
        return zones[node.zone] == min(zones.values())
    return RuleKind.APART not in kinds or not any(app.name in pod.shape.member_of for pod in here)


def protect(nodes: Sequence[RunningNode], random: Random) -> list[RunningNode]:
    """A few pods may not be disrupted: their nodes stay."""
    kept = set(random.sample([node.name for node in nodes if node.pods], PROTECTED_PODS))
    return [
        replace(node, stay=Stay.PROTECTED, sentence="A pod may not be disrupted.")
        if node.name in kept
        else node
        for node in nodes
    ]
