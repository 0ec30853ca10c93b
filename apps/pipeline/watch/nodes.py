"""A cluster's nodes: into the cache, and into the inventory where they say something new."""

from collections.abc import Iterator

from django.db import connection

from apps.fleet.kube import Kube
from apps.fleet.kube.port import NodeChange, SeenNode
from apps.fleet.models import Cluster

from .cache import ClusterCache
from .leases import Leases
from .recording import NodeFacts, record, record_gone, record_only


class NodeFeed:
    """See stream.Feed."""

    what = "nodes"

    def __init__(self, cluster: Cluster, leases: Leases, cache: ClusterCache) -> None:
        self._cluster = cluster
        self._leases = leases
        self._cache = cache
        self._written: dict[str, NodeFacts] = {}
        self._without_row: set[str] = set()

    def read(self, kube: Kube) -> str:
        nodes, version = kube.nodes()
        facts = {node.name: NodeFacts.of(node) for node in nodes if node.instance_id}
        instance_ids = {fact.instance_id for fact in facts.values()}
        with self._leases.writing(self._cluster.pk):
            known = record(self._cluster, facts.values())
            record_only(self._cluster, instance_ids)
        connection.close()
        self._written, self._without_row = facts, instance_ids - known
        self._cache.only_nodes(nodes)
        return version

    def watch(self, kube: Kube, version: str, *, seconds: int) -> Iterator[NodeChange]:
        return kube.watch_nodes(version, seconds=seconds)

    def take(self, change: NodeChange) -> None:
        if change.node is None:
            return
        if change.kind == "DELETED":
            self._forget(change.node)
            self._cache.drop_node(change.node.name)
        else:
            self._learn(change.node)
            self._cache.put_node(change.node)

    def rest(self, kube: Kube) -> None:
        """Nodes may join before discovery has heard of their instances: try those again."""
        missing = [facts for facts in self._written.values() if facts.instance_id in self._without_row]
        if missing:
            self._write(missing)

    def _learn(self, node: SeenNode) -> None:
        # Most changes of a node are its kubelet's status reports, which say nothing new to us.
        if node.instance_id and self._written.get(node.name) != (facts := NodeFacts.of(node)):
            self._write([facts])
            self._written[node.name] = facts

    def _forget(self, node: SeenNode) -> None:
        if node.instance_id:
            with self._leases.writing(self._cluster.pk):
                record_gone(self._cluster, [node.instance_id])
            connection.close()
        self._written.pop(node.name, None)
        self._without_row.discard(node.instance_id)

    def _write(self, facts: list[NodeFacts]) -> None:
        asked = {fact.instance_id for fact in facts}
        with self._leases.writing(self._cluster.pk):
            known = record(self._cluster, facts)
        connection.close()
        self._without_row = (self._without_row - known) | (asked - known)
