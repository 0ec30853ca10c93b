"""What containers ask for and what they use at this moment, as metrics-server (or a like) says."""

from collections.abc import Iterator

import msgspec

from . import wire
from .calling import Caller
from .listing import Listing, decoded, listed
from .port import ContainerUsage, Owner
from .quantities import cpu_milli, mib_needed, size_bytes
from .reading import controller_of

CALL = "list pods.metrics.k8s.io"
PATH = "/apis/metrics.k8s.io/v1beta1/pods"
# The aggregation layer says 503 while metrics-server itself does not answer.
ABSENT = (404, 503)
TEMPLATE_HASH = "pod-template-hash"
# A finished or waiting pod uses nothing that says what it needs.
RUNNING = {"fieldSelector": "status.phase=Running"}


class Measured(wire.Wire, frozen=True):
    name: str
    usage: dict[str, str] = {}


class PodMetrics(wire.Wire, frozen=True):
    metadata: wire.Metadata
    containers: list[Measured] | None = None


class Named(wire.Wire, frozen=True):
    name: str
    resources: wire.Resources | None = None


class Spec(wire.Wire, frozen=True):
    containers: list[Named] | None = None


class Asking(wire.Wire, frozen=True):
    """A pod with its containers' own requests, which the scheduler's view sums up."""

    metadata: wire.Metadata
    spec: Spec = Spec()


METRICS = msgspec.json.Decoder(Listing[PodMetrics])
PODS = msgspec.json.Decoder(Listing[Asking])


def usage(caller: Caller) -> list[ContainerUsage] | None:
    """See port.Kube."""
    reply = caller.get(CALL, PATH)
    if reply.code in ABSENT:
        return None
    measured = {
        (pod.metadata.namespace, pod.metadata.name, container.name): container.usage
        for pod in decoded(caller, CALL, reply, METRICS).items or ()
        for container in pod.containers or ()
    }
    pods, _ = listed(caller, "list pods", "/api/v1/pods", PODS, lambda pod: pod, RUNNING)
    return [use for pod in pods for use in _of(pod, measured)]


def _of(pod: Asking, measured: dict[tuple[str, str, str], dict[str, str]]) -> Iterator[ContainerUsage]:
    meta = pod.metadata
    workload = workload_of(meta)
    for container in pod.spec.containers or ():
        used = measured.get((meta.namespace, meta.name, container.name))
        if used is None or workload is None:
            continue
        asked = (container.resources.requests if container.resources else None) or {}
        yield ContainerUsage(
            workload=workload,
            pod=meta.name,
            container=container.name,
            asked_cpu_milli=cpu_milli(asked.get("cpu", "0")),
            asked_memory_mib=mib_needed(size_bytes(asked.get("memory", "0"))),
            cpu_milli=cpu_milli(used.get("cpu", "0")),
            memory_mib=mib_needed(size_bytes(used.get("memory", "0"))),
        )


def workload_of(meta: wire.Metadata) -> Owner | None:
    """What a person would edit to change the pod: the Deployment above a ReplicaSet; None of a bare pod.

    A ReplicaSet that a Deployment made is called as the Deployment is, with the hash of the template behind.
    """
    owner = controller_of(meta)
    suffix = f"-{(meta.labels or {}).get(TEMPLATE_HASH, '')}"
    if owner is not None and owner.kind == "ReplicaSet" and suffix != "-" and owner.name.endswith(suffix):
        return Owner("Deployment", owner.namespace, owner.name.removesuffix(suffix))
    return owner
