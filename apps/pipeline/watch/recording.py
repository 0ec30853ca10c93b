"""What a cluster's nodes mean for the inventory: written only where something differs."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.fleet.kube.port import SeenNode
from apps.fleet.models import Cluster, Instance
from apps.fleet.services.waking import wake
from apps.fleet.statuses import ManagedBy

KARPENTER_LABEL = "karpenter.sh/nodepool"


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What we keep of a node; two looks that agree in it write nothing."""

    instance_id: str
    name: str
    ready: bool
    cordoned: bool
    joined_at: datetime
    is_karpenters: bool

    @classmethod
    def of(cls, node: SeenNode) -> "NodeFacts":
        return cls(
            instance_id=node.instance_id,
            name=node.name,
            ready=node.ready,
            cordoned=node.unschedulable,
            joined_at=node.created_at,
            is_karpenters=KARPENTER_LABEL in node.labels,
        )

    def changes(self, instance: Instance, cluster: Cluster) -> dict[str, Any]:
        """The columns of `instance` that say something else."""
        told: dict[str, Any] = {
            "cluster_id": cluster.pk,
            "node_name": self.name,
            "node_ready": self.ready,
            "node_cordoned": self.cordoned,
            "joined_at": self.joined_at,
        }
        if self.is_karpenters:
            told["managed_by"] = ManagedBy.KARPENTER
        return {column: value for column, value in told.items() if getattr(instance, column) != value}


def record(cluster: Cluster, nodes: Iterable[NodeFacts]) -> frozenset[str]:
    """Write what the nodes say into their instances' rows.

    Returns the EC2 ids that have a row. Only instances of the cluster's own account are touched: a provider
    id is the word of the tenant's cluster.
    """
    by_id = {facts.instance_id: facts for facts in nodes}
    rows = list(Instance.objects.filter(account_id=cluster.account_id, ec2_id__in=by_id))
    changed = []
    for row in rows:
        if changes := by_id[row.ec2_id].changes(row, cluster):
            Instance.objects.filter(pk=row.pk).update(**changes)
            changed.append(row.pk)
    wake(changed)
    return frozenset(row.ec2_id for row in rows)


def record_gone(cluster: Cluster, instance_ids: Collection[str]) -> None:
    """The nodes of these instances have left the cluster."""
    _clear(Instance.objects.filter(cluster=cluster, ec2_id__in=instance_ids))


def record_only(cluster: Cluster, instance_ids: Collection[str]) -> None:
    """No instance but these has a node in the cluster."""
    _clear(Instance.objects.filter(cluster=cluster).exclude(ec2_id__in=instance_ids))


def _clear(instances: Any) -> None:
    gone = list(instances.exclude(node_name="").values_list("pk", flat=True))
    if gone:
        Instance.objects.filter(pk__in=gone).update(node_name="", node_ready=False, node_cordoned=False)
        wake(gone)


def record_heard(cluster: Cluster, *, problem: str) -> None:
    """The cluster has answered. `problem` is that of another of its streams, empty where all are well."""
    Cluster.objects.filter(pk=cluster.pk).update(watched_at=timezone.now(), problem=problem)


def record_problem(cluster: Cluster, sentence: str) -> None:
    Cluster.objects.filter(pk=cluster.pk).exclude(problem=sentence).update(problem=sentence)


def record_autoscaler(cluster: Cluster, name: str) -> None:
    """Another autoscaler runs in the cluster, or none any more where the name is empty."""
    Cluster.objects.filter(pk=cluster.pk).update(autoscaler=name)
