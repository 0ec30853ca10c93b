"""Nodes, pods and a cluster's rows for the tests of placement; a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from apps.fleet.kube.port import Owner, SeenNode, SeenPod
from apps.fleet.kube.scheduling import LabelRule, NodeTerm, PodRule, Scheduling, SpreadRule, Tolerated
from apps.fleet.models import Cluster
from apps.pipeline.optimizer.model import HOST_LABEL, ZONE_LABEL, Offering
from apps.pipeline.placement.gathering import Gathered, problem_of
from apps.pipeline.placement.state import ClusterState
from tests.factories import ClusterFactory, InstanceTypeFactory, NodeTemplateFactory, PoolFactory

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
A, B, C = "us-east-1a", "us-east-1b", "us-east-1c"
TYPE_LABEL = "node.kubernetes.io/instance-type"
WEB = frozenset({LabelRule("app", "In", frozenset({"web"}))})
_numbers = count(1)


def is_in(key: str, *values: str, operator: str = "In") -> LabelRule:
    return LabelRule(key, operator, frozenset(values))


def pod(name: str = "", **changes: Any) -> SeenPod:
    """A pod of `app=web` in `shop` that no node takes."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "namespace": "shop",
        "name": name or f"web-{number}",
        "uid": f"uid-{number}",
        "node_name": "",
        "phase": "Pending",
        "ready": False,
        "terminating": False,
        "is_mirror": False,
        "owner": Owner("ReplicaSet", "shop", "web-5d"),
        "labels": {"app": "web"},
        "annotations": {},
        "created_at": NOW - timedelta(minutes=1),
        "started_at": None,
        "grace_seconds": 30,
        "cpu_milli": 500,
        "memory_mib": 512,
        "unschedulable_at": NOW - timedelta(seconds=5),
        "refusal": "0/1 nodes are available: 1 Insufficient cpu.",
    }
    return SeenPod(**{**values, **changes})


def running(node: str, name: str = "", **changes: Any) -> SeenPod:
    """A pod that runs on a node."""
    settled = {"node_name": node, "phase": "Running", "ready": True, "unschedulable_at": None, "refusal": ""}
    return pod(name, **{**settled, **changes})


def daemon(node: str, set_name: str = "logs", **changes: Any) -> SeenPod:
    """A DaemonSet's pod, tied to its node as the controller does."""
    rules = changes.pop("scheduling", Scheduling())
    tied = frozenset(
        NodeTerm(term.labels, frozenset({is_in("metadata.name", node)}))
        for term in rules.terms or {NodeTerm()}
    )
    owner = Owner("DaemonSet", "system", set_name)
    scheduling = Scheduling(rules.selector, tied, rules.tolerations)
    return running(node, namespace="system", owner=owner, labels={}, scheduling=scheduling, **changes)


def node(name: str = "node-a", zone: str = A, **changes: Any) -> SeenNode:
    labels = {
        ZONE_LABEL: zone,
        HOST_LABEL: name,
        TYPE_LABEL: "m6i.large",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        **changes.pop("labels", {}),
    }
    values: dict[str, Any] = {
        "name": name,
        "uid": f"uid-{name}",
        "provider_id": "",
        "ready": True,
        "unschedulable": False,
        "created_at": NOW - timedelta(days=1),
        "annotations": {},
        "taints": (),
        "cpu_milli": 1930,
        "memory_mib": 7000,
        "max_pods": 29,
    }
    return SeenNode(labels=labels, **{**values, **changes})


def state(nodes: Sequence[SeenNode] = (), pods: Sequence[SeenPod] = (), **changes: Any) -> ClusterState:
    return ClusterState(at=NOW, nodes=nodes, pods=pods, **changes)


def cluster_with_pools(
    *zones: str, types: Sequence[str] = ("m6i.large",), template: dict[str, Any] | None = None, **policy: Any
) -> Cluster:
    """A cluster that may buy spot and on-demand nodes of `types` in `zones`."""
    # However busy the machine is, the first answer comes in time.
    rules = {"solve_event_seconds": 4.0, **policy}
    cluster = ClusterFactory(**{f"policy__{name}": value for name, value in rules.items()})
    NodeTemplateFactory(cluster=cluster, **(template or {}))
    for name in types:
        shape = InstanceTypeFactory(name=name)
        for zone in zones or (A, B, C):
            PoolFactory(instance_type=shape, zone=zone)
            PoolFactory(
                instance_type=shape, zone=zone, lifecycle="on_demand", price_hourly_usd=Decimal("0.096")
            )
    return Cluster.objects.select_related("policy").get(pk=cluster.pk)


def gathered(
    cluster: Cluster, pods: Sequence[SeenPod], nodes: Sequence[SeenNode] = (), **changes: Any
) -> Gathered:
    """The problem of `pods`, which wait beside those of `changes["others"]`."""
    others = changes.pop("others", ())
    return problem_of(cluster, state(nodes, [*others, *pods], **changes), pods, now=NOW)


def shape_of(found: Gathered, seen: SeenPod) -> Any:
    name = f"{seen.namespace}/{seen.name}"
    return next(one.shape for one in found.problem.pods if one.id == name)


def offered(
    found: Gathered, zone: str = A, lifecycle: str = "spot", type_name: str = "m6i.large"
) -> Offering:
    return next(
        one
        for one in found.problem.offerings
        if (one.zone, one.lifecycle, one.instance_type) == (zone, lifecycle, type_name)
    )


def spread(domain: str, skew: int = 1, **changes: Any) -> Scheduling:
    return Scheduling(spreads=frozenset({SpreadRule(domain, skew, WEB, **changes)}))


def apart(domain: str, **changes: Any) -> Scheduling:
    return Scheduling(apart=frozenset({PodRule(domain, WEB, **changes)}))


def together(domain: str, **changes: Any) -> Scheduling:
    return Scheduling(together=frozenset({PodRule(domain, WEB, **changes)}))


def tolerating(key: str) -> frozenset[Tolerated]:
    return frozenset({Tolerated(key, "Exists")})
