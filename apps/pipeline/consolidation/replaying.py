"""Going the way step by step, to see that nothing breaks at any instant. Shares no code with the planner.

Every eviction is an instant: the pod is gone from its budget's healthy ones, its replacement takes room on
the node that it is planned for. Old pods hold their room until the round is over; replacements count as
healthy from the next round on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from ..optimizer.model import HOST_LABEL, ZONE_LABEL, Amounts, Offering, Rule, RuleKind
from ..verification.eligibility import admits
from .model import Layout, RunningNode, RunningPod, Wave, Way


@dataclass(slots=True)
class Host:
    """A node during the replay. `old`: pods that were evicted in this round and still hold their room."""

    source: RunningNode | Offering
    pods: dict[str, RunningPod]
    old: list[RunningPod] = field(default_factory=list)
    leaving: bool = False

    def used(self, resource: int) -> int:
        return sum(pod.shape.requests[resource] for pod in (*self.pods.values(), *self.old))


@dataclass(slots=True)
class Replay:
    layout: Layout
    hosts: dict[str, Host]
    missing: Counter[str] = field(default_factory=Counter)  # budget: pods of it that are not healthy
    moved: set[str] = field(default_factory=set)
    disturbed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`faults` in sentences, none where the way is safe; the bill at its end; the evictions that it took."""

    faults: list[str]
    cost: float
    evictions: int
    instants: int


def replay(layout: Layout, way: Way) -> Outcome:
    """Carry the waves out on paper and look at every instant."""
    hosts = {n.name: Host(n, {pod.id: pod for pod in n.pods}) for n in layout.nodes}
    state = Replay(layout, hosts, disturbed=layout.terms.disturbed)
    faults: list[str] = []
    instants = 0
    for number, wave in enumerate(way.waves, 1):
        for fault in _wave(state, wave):
            faults.append(f"Wave {number}: {fault}")
        state.disturbed = 0
        instants += wave.evictions
    before = {pod.id for node in layout.nodes for pod in node.pods}
    after = [id for host in hosts.values() for id in host.pods]
    if sorted(before) != sorted(after):
        faults.append(f"{len(before)} pods ran before, {len(after)} do in the end.")
    cost = sum(host.source.price for host in hosts.values())
    return Outcome(faults, cost, len(state.moved), instants)


def _wave(state: Replay, wave: Wave) -> Iterator[str]:
    yield from _budgets_of_nodes(state, wave)
    offerings = {offering.key: offering for offering in state.layout.offerings}
    for new in wave.buys.values():
        if new.name in state.hosts:
            yield f"{new.name} is bought twice."
        state.hosts[new.name] = Host(offerings[new.offering], {})
    cap = state.layout.terms.max_price_hourly_usd
    if cap is not None and wave.buys and sum(h.source.price for h in state.hosts.values()) > cap:
        yield f"the bill passes the cap of ${cap:.2f}/h."
    for name in wave.removed:
        host = state.hosts[name]
        if host.leaving or not isinstance(host.source, RunningNode):
            yield f"{name} is drained twice, or was bought for this."
        elif host.source.stay is not None:
            yield f"{name} must stay: {host.source.sentence}"
        host.leaving = True
    for evictions in wave.rounds:
        for eviction in evictions:
            yield from _evict(state, eviction.pod, eviction.node, eviction.to)
        for host in state.hosts.values():
            host.old.clear()
        state.missing.clear()
    for name in wave.removed:
        if state.hosts[name].pods:
            yield f"{name} is removed with {len(state.hosts[name].pods)} pods on it."
        del state.hosts[name]


def _budgets_of_nodes(state: Replay, wave: Wave) -> Iterator[str]:
    """Of all nodes, and of each group's, no more leave together than every budget lets."""
    sources = [host.source for host in state.hosts.values()]
    groups = [source.group if isinstance(source, RunningNode) else "" for source in sources]
    for budget in state.layout.terms.at_once:
        nodes = groups.count(budget.group) if budget.group else len(sources)
        most = budget.count if budget.count is not None else ceil(nodes * (budget.pct or 0) / 100)
        leaving = [name for name in wave.removed if not budget.group or _group(state, name) == budget.group]
        count = len(leaving) + (0 if budget.group else state.disturbed)
        if leaving and count > most:
            yield f"{count} nodes leave at once, budget {budget.name} lets {most} of {nodes}."


def _group(state: Replay, name: str) -> str:
    source = state.hosts[name].source
    return source.group if isinstance(source, RunningNode) else ""


def _evict(state: Replay, id: str, node: str, to: str) -> Iterator[str]:
    source, target = state.hosts[node], state.hosts.get(to)
    if id not in source.pods:
        yield f"pod {id} is not on {node}."
        return
    pod = source.pods.pop(id)
    source.old.append(pod)
    if id in state.moved:
        yield f"pod {id} moves a second time."
    state.moved.add(id)
    if not source.leaving:
        yield f"pod {id} is evicted from {node}, which stays."
    if pod.budget:
        state.missing[pod.budget] += 1
        allowed = state.layout.budgets[pod.budget]
        if state.missing[pod.budget] > allowed:
            yield f"budget {pod.budget} lets {allowed} pods go at once, {id} is one more."
    if target is None:
        yield f"pod {id} has no place: {to} does not exist."
        return
    yield from _breaks(state, pod, to, target)
    target.pods[id] = pod
    for resource, name in enumerate(state.layout.resources):
        if (used := target.used(resource)) > (room := _capacity(target)[resource]):
            yield f"{to} has room for {room} of {name} and carries {used}."


def _capacity(host: Host) -> Amounts:
    return host.source.capacity


def _breaks(state: Replay, pod: RunningPod, name: str, target: Host) -> Iterator[str]:
    """What a scheduler would say against this pod on this node now."""
    source = target.source
    if target.leaving or (isinstance(source, RunningNode) and not source.takes_pods):
        yield f"pod {pod.id} goes to {name}, which takes none."
    if not admits(pod.shape.where, source.labels, source.taints):
        yield f"pod {pod.id} may not run on {name}."
    if isinstance(source, RunningNode) and (kept_away := source.apart & pod.shape.member_of):
        yield f"pod {pod.id} goes to {name}, which keeps {min(kept_away)} away."
    for other in target.pods.values():
        for rule in other.shape.rules:
            if (
                rule.kind is RuleKind.APART
                and rule.domain == HOST_LABEL
                and rule.group in pod.shape.member_of
            ):
                yield f"pod {pod.id} goes to {name}, from which {other.id} keeps {rule.group} away."
    for rule in pod.shape.rules:
        if fault := _broken(state, rule, pod, target):
            yield f"pod {pod.id} on {name}: {fault}"


def _broken(state: Replay, rule: Rule, pod: RunningPod, target: Host) -> str:
    """A rule that the pod's arrival would break, in words."""
    if rule.domain == HOST_LABEL:
        return _broken_on_host(rule, pod, target)
    return _broken_in_zone(state, rule, pod, target) if rule.domain == ZONE_LABEL else ""


def _broken_on_host(rule: Rule, pod: RunningPod, target: Host) -> str:
    here = _members(target, rule.group)
    with_it = here + (rule.group in pod.shape.member_of)
    if rule.kind is RuleKind.APART and here:
        return f"{rule.group} runs there already."
    if rule.kind is RuleKind.SPREAD and with_it > rule.skew:
        return f"{with_it} of {rule.group} on one host, {rule.skew} may be."
    return f"{rule.group} does not run there." if rule.kind is RuleKind.TOGETHER and not here else ""


def _broken_in_zone(state: Replay, rule: Rule, pod: RunningPod, target: Host) -> str:
    counts = _by_zone(state, rule.group)
    here = counts[target.source.zone]
    with_it = here + (rule.group in pod.shape.member_of)
    if rule.kind is RuleKind.APART and here:
        return f"{rule.group} runs in its zone already."
    if rule.kind is RuleKind.TOGETHER and not here and counts.total():
        return f"{rule.group} runs in another zone."
    where = pod.shape.where
    sources = [host.source for host in state.hosts.values()]
    domains = {source.zone for source in sources if admits(where, source.labels, source.taints)}
    least = min((counts[zone] for zone in domains), default=0)
    if rule.kind is RuleKind.SPREAD and with_it - least > rule.skew:
        return f"{with_it} of {rule.group} in its zone and {least} in another."
    return ""


def _by_zone(state: Replay, group: str) -> Counter[str]:
    counts: defaultdict[str, int] = defaultdict(int)
    for host in state.hosts.values():
        counts[host.source.zone] += _members(host, group)
    return Counter(counts)


def _members(host: Host, group: str) -> int:
    unlisted = host.source.members.get(group, 0) if isinstance(host.source, RunningNode) else 0
    return unlisted + sum(group in pod.shape.member_of for pod in host.pods.values())
