"""What is alike in every purchase of a node, whoever asked for it: its pools, its row, its node."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import Model
from django.utils import timezone

from apps.fleet.cloud.port import Launched
from apps.fleet.errors import NodeMissing
from apps.fleet.kube import Kube
from apps.fleet.kube.port import SeenNode
from apps.fleet.models import Cluster, Instance, Pool
from apps.fleet.signals import pool_without_capacity
from apps.fleet.statuses import InstanceState, Lifecycle, ManagedBy

Place = tuple[str, str]  # instance type, zone


def pools_in_order(ids: Sequence[int]) -> list[Pool]:
    """The pools of `ids`, in that order."""
    by_id = Pool.objects.select_related("instance_type").in_bulk(ids)
    return [by_id[pk] for pk in ids if pk in by_id]


def for_one_request(pools: Sequence[Pool]) -> list[Pool]:
    """Those that fit one request, which has one lifecycle and one architecture: spot before on-demand."""
    chosen = [pool for pool in pools if pool.lifecycle == Lifecycle.SPOT] or list(pools)
    return [p for p in chosen if p.instance_type.architecture == chosen[0].instance_type.architecture]


def taken_among(pools: Iterable[Pool], launched: Launched) -> Pool:
    """The pool that AWS launched in."""
    return next(p for p in pools if (p.instance_type_id, p.zone) == (launched.instance_type, launched.zone))


def set_aside(empty: Collection[Place], pools: Iterable[Pool], *, sender: type[Model]) -> None:
    """Tell who keeps the market which of `pools` had no room."""
    for pool in pools:
        if (pool.instance_type_id, pool.zone) in empty:
            pool_without_capacity.send(sender=sender, pool_id=pool.pk)


def remember(launched: Launched, cluster: Cluster, tags: Mapping[str, str]) -> Instance:
    """The launched instance as a row: ledger and orphan sweep know of it from the first second."""
    now = timezone.now()
    instance, _ = Instance.objects.get_or_create(
        ec2_id=launched.id,
        defaults={
            "account": cluster.account,
            "cluster": cluster,
            "region": cluster.region,
            "zone": launched.zone,
            "instance_type_id": launched.instance_type,
            "lifecycle": launched.lifecycle,
            "state": InstanceState.PENDING,
            "managed_by": ManagedBy.ATHARVA,
            "launched_at": now,
            "seen_at": now,
            "tags": dict(tags),
        },
    )
    return instance


def node_of(instance: Instance, kube: Kube, nodes: Iterable[SeenNode]) -> SeenNode | None:
    """The node of an instance: by the name that the watcher learned, else among `nodes` by provider id."""
    if instance.node_name:
        try:
            return kube.node(instance.node_name)
        except NodeMissing:
            return None
    found = next((node for node in nodes if node.instance_id == instance.ec2_id), None)
    if found is not None:
        Instance.objects.filter(pk=instance.pk, node_name="").update(
            node_name=found.name, node_ready=found.ready, joined_at=timezone.now()
        )
        instance.node_name = found.name
    return found
