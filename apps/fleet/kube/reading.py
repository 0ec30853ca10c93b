"""From the wire to what the fleet sees."""

from collections.abc import Iterable
from datetime import UTC, datetime
from sys import intern

from . import wire
from .constraints import scheduling_of
from .port import Owner, SeenBudget, SeenNode, SeenPod, Taint
from .quantities import mib_needed, mib_offered, quantity
from .requests import extra_offered, host_ports_of, requests_of
from .sharing import shared_map, shared_owner

MIRROR_ANNOTATION = "kubernetes.io/config.mirror"
DEFAULT_GRACE_SECONDS = 30
DEFAULT_MAX_PODS = 110
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
UNSCHEDULABLE = "Unschedulable"


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
        extra=extra_offered(allocatable),
    )


def seen_pod(pod: wire.Pod) -> SeenPod:
    meta, spec, status = pod.metadata, pod.spec, pod.status
    annotations = shared_map(meta.annotations)
    grace = spec.termination_grace_period_seconds
    cpu, memory, extra = requests_of(spec)
    refused = _refused(status.conditions)
    return SeenPod(
        namespace=intern(meta.namespace),
        name=meta.name,
        uid=meta.uid,
        node_name=intern(spec.node_name),
        phase=intern(status.phase),
        ready=_is_true(status.conditions, "Ready"),
        terminating=meta.deletion_timestamp is not None,
        is_mirror=MIRROR_ANNOTATION in annotations,
        owner=controller_of(meta),
        labels=shared_map(meta.labels),
        annotations=annotations,
        created_at=meta.creation_timestamp or BEGINNING,
        started_at=status.start_time,
        grace_seconds=DEFAULT_GRACE_SECONDS if grace is None else grace,
        cpu_milli=cpu,
        memory_mib=mib_needed(memory),
        extra=extra,
        scheduling=scheduling_of(spec),
        scheduler_name=intern(spec.scheduler_name),
        gates=tuple(gate.name for gate in spec.scheduling_gates) if spec.scheduling_gates else (),
        claims=_claims(meta.name, spec.volumes) if spec.volumes else (),
        host_ports=host_ports_of(spec),
        unschedulable_at=(refused.last_transition_time or BEGINNING) if refused else None,
        refusal=intern(refused.message or "") if refused else "",
        nominated_node=status.nominated_node_name or "",
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
            return shared_owner(reference.kind, meta.namespace, reference.name)
    return None


def _claims(pod: str, volumes: Iterable[wire.Volume]) -> tuple[str, ...]:
    """The claims that hold a pod's volumes."""
    bound = [volume.persistent_volume_claim for volume in volumes]
    named = [claim.claim_name for claim in bound if claim is not None]
    return (*named, *(f"{pod}-{volume.name}" for volume in volumes if volume.ephemeral is not None))


def _refused(conditions: Iterable[wire.Condition] | None) -> wire.Condition | None:
    """The scheduler's word that no node takes the pod; None where it did not say so."""
    for condition in conditions or ():
        if condition.type == "PodScheduled":
            return condition if condition.status == "False" and condition.reason == UNSCHEDULABLE else None
    return None


def _is_true(conditions: Iterable[wire.Condition] | None, kind: str) -> bool:
    for condition in conditions or ():
        if condition.type == kind:
            return condition.status == "True"
    return False
