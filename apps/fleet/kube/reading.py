"""From the wire to what the fleet sees."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from . import wire
from .architectures import architectures_of
from .port import Owner, SeenBudget, SeenNode, SeenPod, Taint
from .quantities import cpu_milli, mib_needed, mib_offered, quantity, size_bytes

MIRROR_ANNOTATION = "kubernetes.io/config.mirror"
DEFAULT_GRACE_SECONDS = 30
DEFAULT_MAX_PODS = 110
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

Requests = tuple[int, int]  # CPU in milli-cores, memory in bytes


def seen_node(node: wire.Node) -> SeenNode:
    meta, spec, status = node.metadata, node.spec, node.status
    allocatable = status.allocatable or {}
    return SeenNode(
        name=meta.name,
        uid=meta.uid,
        provider_id=spec.provider_id,
        ready=_is_true(status.conditions, "Ready"),
        unschedulable=bool(spec.unschedulable),
        created_at=meta.creation_timestamp or BEGINNING,
        labels=meta.labels or {},
        annotations=meta.annotations or {},
        taints=tuple(Taint(taint.key, taint.value or "", taint.effect) for taint in spec.taints or ()),
        cpu_milli=int(quantity(allocatable.get("cpu", "0")) * 1000),
        memory_mib=mib_offered(allocatable.get("memory", "0")),
        max_pods=int(allocatable.get("pods", DEFAULT_MAX_PODS)),
    )


def seen_pod(pod: wire.Pod) -> SeenPod:
    meta, spec, status = pod.metadata, pod.spec, pod.status
    annotations = meta.annotations or {}
    grace = spec.termination_grace_period_seconds
    cpu, memory = requests_of(spec)
    return SeenPod(
        namespace=meta.namespace,
        name=meta.name,
        uid=meta.uid,
        node_name=spec.node_name,
        phase=status.phase,
        ready=_is_true(status.conditions, "Ready"),
        terminating=meta.deletion_timestamp is not None,
        is_mirror=MIRROR_ANNOTATION in annotations,
        owner=controller_of(meta),
        labels=meta.labels or {},
        annotations=annotations,
        created_at=meta.creation_timestamp or BEGINNING,
        started_at=status.start_time,
        grace_seconds=DEFAULT_GRACE_SECONDS if grace is None else grace,
        cpu_milli=cpu,
        memory_mib=mib_needed(memory),
        architectures=architectures_of(spec),
    )


def seen_budget(budget: wire.Budget) -> SeenBudget:
    meta, status = budget.metadata, budget.status or wire.BudgetStatus()
    is_current = status.observed_generation >= meta.generation and budget.status is not None
    return SeenBudget(
        namespace=meta.namespace,
        name=meta.name,
        selector=budget.spec.selector,
        allowed=(status.disruptions_allowed or 0) if is_current else 0,
        current_healthy=status.current_healthy,
        desired_healthy=status.desired_healthy,
        expected_pods=status.expected_pods,
    )


def controller_of(meta: wire.Metadata) -> Owner | None:
    """The owner that would replace the object, None where nobody would."""
    for reference in meta.owner_references or ():
        if reference.controller:
            return Owner(reference.kind, meta.namespace, reference.name)
    return None


def requests_of(spec: wire.PodSpec) -> Requests:
    """What the scheduler keeps free for a pod.

    The containers run together with the sidecars (init containers that restart always); an init container
    runs alone beside the sidecars started before it; the larger of the two counts, plus the overhead.
    Requests of the pod as a whole replace what its containers say.
    """
    sidecars: Requests = (0, 0)
    most: Requests = (0, 0)
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
    cpu, memory = _larger(most, together)
    if spec.resources is not None and (whole := spec.resources.requests):
        cpu = cpu_milli(whole["cpu"]) if "cpu" in whole else cpu
        memory = size_bytes(whole["memory"]) if "memory" in whole else memory
    return _plus((cpu, memory), _amounts(spec.overhead or {}))


def _requests(resources: wire.Resources | None) -> Requests:
    return _amounts(resources.requests or {}) if resources is not None else (0, 0)


def _amounts(texts: Mapping[str, str]) -> Requests:
    return cpu_milli(texts.get("cpu", "0")), size_bytes(texts.get("memory", "0"))


def _plus(one: Requests, other: Requests) -> Requests:
    return one[0] + other[0], one[1] + other[1]


def _larger(one: Requests, other: Requests) -> Requests:
    return max(one[0], other[0]), max(one[1], other[1])


def _is_true(conditions: Iterable[wire.Condition] | None, kind: str) -> bool:
    return any(condition.type == kind and condition.status == "True" for condition in conditions or ())
