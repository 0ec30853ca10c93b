"""A closer look at one node: what its pods need, and whether one of them keeps it where it is."""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from apps.fleet.draining import plan_drain
from apps.fleet.draining.protection import Protection, read
from apps.fleet.errors import NodeMissing
from apps.fleet.kube.port import DO_NOT_DISRUPT, Kube, SeenNode, SeenPod

from .model import NodeView, PodView, Refusal, Room
from .reasons import Reason, Why

# Room left beside the pods' requests, so that a rolling update still finds a place.
MARGIN = 1.10
# These finish their work; a restart begins it anew.
LOSES_WORK = ("Job",)


def look_closer(kube: Kube, node: NodeView, *, evict_bare_pods: bool, now: datetime) -> NodeView | Refusal:
    """The node with what its pods need, or why a voluntary move would not get it empty. Three calls."""
    try:
        seen = kube.node(node.name)
    except NodeMissing as gone:
        return Refusal(node, (Why(Reason.NOT_SEEN, gone.sentence),))
    if protection := protection_of_node(seen, now):
        return Refusal(node, (Why(Reason.DO_NOT_DISRUPT, protection.sentence),))
    pods = [pod for pod in kube.pods_on(node.name) if not pod.is_finished]
    budgets = kube.budgets({pod.namespace for pod in pods})
    drain = plan_drain(pods, budgets, evict_bare_pods=evict_bare_pods, voluntary=True, now=now)
    if drain.refusals:
        return Refusal(node, tuple(Why(Reason.PODS_STAY, blocker.reason) for blocker in drain.refusals))
    return replace(
        node,
        need=need_of(pods, node.need.gpus),
        portable_to=said_by_all(pods),
        pods=tuple(pod_view(pod) for pod in drain.evictable),
    )


def protection_of_node(node: SeenNode, now: datetime) -> Protection | None:
    """The do-not-disrupt annotation of the node itself; a duration counts from the node's creation."""
    for key in DO_NOT_DISRUPT:
        if key in node.annotations:
            value = node.annotations[key]
            found = read(f"{key}={value}", value, node.created_at)
            if found is not None and (found.until is None or found.until > now):
                return found
    return None


def need_of(pods: Iterable[SeenPod], gpus: int) -> Room:
    """The room that those pods ask for with MARGIN; DaemonSet pods count, they run on the next node too."""
    running = list(pods)
    return Room(
        cpu_milli=math.ceil(sum(pod.cpu_milli for pod in running) * MARGIN),
        memory_mib=math.ceil(sum(pod.memory_mib for pod in running) * MARGIN),
        pods=len(running),
        gpus=gpus,
    )


def said_by_all(pods: Iterable[SeenPod]) -> frozenset[str]:
    """The architectures that each pod says it may run on; none where there is no pod, or one says nothing.

    DaemonSet pods are asked as well: theirs run on the next node too.
    """
    said = [pod.architectures for pod in pods if not pod.is_mirror]
    return frozenset.intersection(*said) if said else frozenset()


def pod_view(pod: SeenPod) -> PodView:
    """What restarting a pod costs."""
    return PodView(
        cpu_milli=pod.cpu_milli,
        started_at=pod.started_at or pod.created_at,
        replayable=pod.owner is not None and pod.owner.kind not in LOSES_WORK,
    )
