"""What stands where once a plan is carried out: the common ground of all checks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from apps.pipeline.optimizer.model import Amounts, ExistingNode, Offering, Plan, Problem, Shape, Taint


@dataclass(frozen=True, slots=True)
class Host:
    """One node, old or new, with what the plan puts on it. `room` is what it has for these pods."""

    name: str
    zone: str
    room: Amounts
    labels: Mapping[str, str]
    taints: frozenset[Taint]
    members: Mapping[str, int]  # of each group, among the pods that run there already
    apart: frozenset[str]
    offering: Offering | None = None
    pods: Counter[Shape] = field(default_factory=Counter)

    def members_of(self, group: str) -> int:
        new = sum(number for shape, number in self.pods.items() if group in shape.member_of)
        return self.members.get(group, 0) + new


@dataclass(frozen=True, slots=True)
class Standing:
    """All nodes, and the pods that found no place."""

    problem: Problem
    plan: Plan
    hosts: tuple[Host, ...]
    unplaced: Mapping[str, Shape]

    @property
    def bought(self) -> Iterator[Offering]:
        """The offering of each new node."""
        return (host.offering for host in self.hosts if host.offering is not None)

    def carriers(self) -> Iterator[tuple[Host, Shape]]:
        """Every host with every shape that the plan puts there and that carries rules."""
        return ((host, shape) for host in self.hosts for shape in host.pods if shape.rules)


def stand(problem: Problem, plan: Plan) -> tuple[Standing, list[str]]:
    """Carry the plan out on paper; what names something unknown or something twice is said and left out."""
    said: list[str] = []
    shapes = {pod.id: pod.shape for pod in problem.pods}
    if len(shapes) < len(problem.pods):
        said.append(f"The problem names {len(problem.pods) - len(shapes)} pods twice.")
    seats = Counter[str]()
    hosts = []
    for host, pods in [*_old(problem, plan, said), *_new(problem, plan, said)]:
        host.pods.update(shapes[pod] for pod in pods if pod in shapes)
        seats.update(pods)
        hosts.append(host)
    unplaced = [entry.pod for entry in plan.unplaced]
    seats.update(unplaced)
    said += [f"Pod {pod} is no pod of the problem." for pod in seats if pod not in shapes]
    said += [f"Pod {pod} is answered {number} times." for pod, number in seats.items() if number > 1]
    said += [f"Pod {pod} is neither placed nor unplaced." for pod in shapes if pod not in seats]
    left = {pod: shapes[pod] for pod in unplaced if pod in shapes}
    return Standing(problem, plan, tuple(hosts), left), said


def _old(problem: Problem, plan: Plan, said: list[str]) -> list[tuple[Host, tuple[str, ...]]]:
    names = Counter(node.name for node in problem.nodes)
    said += [f"The problem names node {name} twice." for name, number in names.items() if number > 1]
    said += [f"Node {name} is no node of the problem." for name in plan.on_nodes if name not in names]
    return [(_old_host(node), tuple(plan.on_nodes.get(node.name, ()))) for node in problem.nodes]


def _old_host(node: ExistingNode) -> Host:
    return Host(
        name=f"node {node.name}",
        zone=node.zone,
        room=node.free,
        labels=node.labels,
        taints=node.taints,
        members=node.members,
        apart=node.apart,
    )


def _new(problem: Problem, plan: Plan, said: list[str]) -> list[tuple[Host, tuple[str, ...]]]:
    offerings = {offering.key: offering for offering in problem.offerings}
    if len(offerings) < len(problem.offerings):
        said.append("The problem offers two pools under one key.")
    hosts = []
    for number, bought in enumerate(plan.new_nodes):
        if bought.offering not in offerings:
            said.append(f"New node {number} is of pool {bought.offering}, which is not offered.")
            continue
        if not bought.pods:
            said.append(f"New node {number} carries nothing.")
        hosts.append((_new_host(number, offerings[bought.offering]), bought.pods))
    return hosts


def _new_host(number: int, offering: Offering) -> Host:
    return Host(
        name=f"new node {number} ({offering.instance_type} in {offering.zone})",
        zone=offering.zone,
        room=offering.capacity,
        labels=offering.labels,
        taints=offering.taints,
        members={},
        apart=frozenset(),
        offering=offering,
    )
