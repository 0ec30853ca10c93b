"""Workloads that keep some of their replicas on on-demand nodes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from apps.fleet.kube.port import SeenPod
from apps.pipeline.optimizer.model import LIFECYCLE_LABEL, ON_DEMAND, Requirement

MIN_ON_DEMAND = "atharva.ai/min-on-demand"
ON_DEMAND_NODE = Requirement(LIFECYCLE_LABEL, "In", frozenset({ON_DEMAND}))
TEMPLATE_HASH = "pod-template-hash"

Workload = tuple[str, str, str]  # namespace, kind and name of who replaces a pod


def to_on_demand(
    pods: Iterable[SeenPod], settled: Mapping[str, Sequence[SeenPod]], on_demand_sites: Iterable[str]
) -> frozenset[str]:
    """The uids of those of `pods` that must go to on-demand nodes, so that a workload has its number there.

    `settled` are the pods that have a place, by site.
    """
    wanting = [(pod, number) for pod in pods if (number := _wanted(pod))]
    if not wanting:
        return frozenset()
    there = Counter(
        workload_of(pod)
        for site in on_demand_sites
        for pod in settled.get(site, ())
        if not pod.terminating and MIN_ON_DEMAND in pod.annotations
    )
    chosen = set()
    for pod, number in sorted(wanting, key=lambda one: one[0].name):
        workload = workload_of(pod)
        if there[workload] < number:
            there[workload] += 1
            chosen.add(pod.uid)
    return frozenset(chosen)


def workload_of(pod: SeenPod) -> Workload:
    """Whom a pod is a replica of: the Deployment rather than one of its ReplicaSets."""
    if pod.owner is None:
        return pod.namespace, "Pod", pod.name
    suffix = f"-{pod.labels.get(TEMPLATE_HASH, '')}"
    return pod.namespace, pod.owner.kind, pod.owner.name.removesuffix(suffix)


def _wanted(pod: SeenPod) -> int:
    """The number that the annotation says; nothing where it is none."""
    text = pod.annotations.get(MIN_ON_DEMAND, "")
    return int(text) if text.isdecimal() else 0
