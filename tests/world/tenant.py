"""An account and a cluster of a tenant, on both sides: in the emulated cloud and as rows of the product."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import yaml
from django.utils import timezone
from kubernetes.client import ApiClient, AppsV1Api, CoreV1Api, PolicyV1Api
from kubernetes.config import new_client_from_config_dict

from apps.fleet.models import CloudAccount, Cluster, Instance, Policy
from apps.fleet.services.access_policy import permission_policy
from apps.fleet.services.discovery import discover_account
from apps.fleet.services.templates import read_templates
from deploy.sandbox.process.installation import PRINCIPAL
from deploy.sandbox.seed import access, clusters, network, nodes, notices
from deploy.sandbox.seed.cloud import Cloud
from deploy.sandbox.seed.world import AccountSpec, ClusterSpec, Group, NodeSet
from tests.factories import ClientFactory

from .market import COPY
from .servers import AwsEmulator, KubeStandIn

REGION = "us-east-1"
EXTERNAL_ID = "external"
SETTLE_SECONDS = 60


def eventually(what: str, check: Callable[[], Any], *, seconds: float = SETTLE_SECONDS) -> Any:
    """The first truthy answer of `check`; AssertionError naming `what` where none comes in time."""
    end = monotonic() + seconds
    while not (answer := check()):
        assert monotonic() < end, f"not within {seconds:g} s: {what}"
        sleep(0.1)
    return answer


@dataclass(frozen=True, slots=True)
class NodeHandle:
    """A node with its instance's row."""

    name: str
    instance: Instance


class Tenant:
    """One client with one account and one cluster; `discover` brings it into the product."""

    def __init__(self, aws: AwsEmulator, kube: KubeStandIn, folder: Path) -> None:
        self.aws, self.kube, self.folder = aws, kube, folder
        self.name = f"test-{secrets.token_hex(4)}"
        self.aws_account_id = str(secrets.randbelow(9 * 10**11) + 10**11)
        self.client = ClientFactory()
        self.spec = AccountSpec(self.name, self.aws_account_id, REGION, ())
        self.cloud = Cloud(self.spec, aws.url)
        self.cluster: Cluster
        self.api: ApiClient

    def build(self, *pools: NodeSet, group: Group | None = None, **policy: Any) -> "Tenant":
        """Launch the nodes, connect account and cluster, scrape the market, discover."""
        spec = ClusterSpec(self.name, {}, group=group, node_sets=pools)
        place = network.ensure_network(self.cloud, (spec,))
        security_group = network.ensure_security_group(self.cloud, place, self.name)
        profile = network.ensure_instance_profile(self.cloud, self.name)
        template = nodes.ensure_template(self.cloud, place, self.name, security_group, profile)
        profile_name = profile.rpartition("/")[2]
        trust = access.trust_in(PRINCIPAL, EXTERNAL_ID)
        access.ensure_role(self.cloud, trust=trust, policy=permission_policy())
        path = clusters.ensure_cluster(self.kube.url, self.cloud, place, self.name, profile_name, self.folder)
        account = CloudAccount.objects.create(
            client=self.client,
            name=self.name,
            aws_account_id=self.aws_account_id,
            role_arn=self.spec.role_arn,
            external_id=EXTERNAL_ID,
            regions=[REGION],
            connected_at=timezone.now(),
            queue_url=notices.ensure_notices(self.cloud),
        )
        self.cluster = Cluster.objects.create(
            client=self.client, account=account, name=self.name, region=REGION, kubeconfig=path.read_text()
        )
        Policy.objects.create(cluster=self.cluster, **(QUICK | policy))
        self.api = new_client_from_config_dict(yaml.safe_load(path.read_text()))
        COPY.bring(account, REGION)
        launched = nodes.ensure_nodes(self.cloud, place, spec, template)
        clusters.wait_for_nodes(self.api, spec.nodes, SETTLE_SECONDS)
        assert len(launched) == spec.nodes
        self.discover()
        read_templates(self.cluster)
        return self

    def discover(self) -> None:
        """What discovery and the watcher would learn, at once."""
        discover_account(self.cluster.account_id)
        for node in self.core.list_node().items:
            ready = any(c.type == "Ready" and c.status == "True" for c in node.status.conditions)
            Instance.objects.filter(ec2_id=node.spec.provider_id.rpartition("/")[2]).update(
                node_name=node.metadata.name, node_ready=ready, joined_at=node.metadata.creation_timestamp
            )

    @property
    def core(self) -> CoreV1Api:
        return CoreV1Api(self.api)

    def nodes(self) -> list[NodeHandle]:
        """The cluster's nodes that have a row, by name."""
        rows = Instance.objects.filter(cluster=self.cluster).exclude(node_name="").select_related("group")
        return [NodeHandle(row.node_name, row) for row in rows.order_by("node_name")]

    def deployment(
        self,
        name: str,
        *,
        replicas: int,
        on: str | None = None,
        min_available: int | None = None,
        cpu: str = "100m",
    ) -> None:
        """A Deployment whose pods are Running; `on` starts them on one node, without tying them to it."""
        others = [n.metadata.name for n in self.core.list_node().items if on and n.metadata.name != on]
        for other in others:
            self.core.patch_node(other, {"spec": {"unschedulable": True}})
        labels = {"app": name}
        container = {
            "name": "main",
            "image": "registry.example/app:1",
            "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}},
        }
        AppsV1Api(self.api).create_namespaced_deployment(
            "default",
            {
                "metadata": {"name": name},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
                },
            },
        )
        if min_available is not None:
            self.budget(name, min_available)
        eventually(f"{name} runs", lambda: self.ready(name) == replicas)
        for other in others:
            self.core.patch_node(other, {"spec": {"unschedulable": False}})

    def budget(self, name: str, min_available: int) -> None:
        """A PodDisruptionBudget over the pods of a Deployment, or its new minimum where it exists."""
        policy = PolicyV1Api(self.api)
        spec = {"minAvailable": min_available, "selector": {"matchLabels": {"app": name}}}
        existing = {b.metadata.name for b in policy.list_namespaced_pod_disruption_budget("default").items}
        if name in existing:
            policy.patch_namespaced_pod_disruption_budget(name, "default", {"spec": spec})
        else:
            policy.create_namespaced_pod_disruption_budget(
                "default", {"metadata": {"name": name}, "spec": spec}
            )

    def second_budget(self, name: str) -> None:
        """One budget too many over a Deployment's pods, which the eviction API refuses to decide."""
        spec = {"minAvailable": 0, "selector": {"matchLabels": {"app": name}}}
        body = {"metadata": {"name": f"{name}-second"}, "spec": spec}
        PolicyV1Api(self.api).create_namespaced_pod_disruption_budget("default", body)

    def ready(self, name: str) -> int:
        """The ready replicas of a Deployment."""
        status = AppsV1Api(self.api).read_namespaced_deployment_status(name, "default").status
        return status.ready_replicas or 0

    def pods_on(self, node: str) -> set[str]:
        """The names of the pods on a node that are not a DaemonSet's."""
        pods = self.core.list_pod_for_all_namespaces(field_selector=f"spec.nodeName={node}").items
        return {p.metadata.name for p in pods if p.metadata.namespace == "default"}

    def living(self) -> set[str]:
        """The EC2 ids of the account's instances that are pending or running."""
        return set(nodes._ids(self.cloud, [nodes.LIVING]))


# As quick as the rules allow; a test overrides what it is about.
QUICK: dict[str, Any] = {
    "mode": "active",
    "min_node_age_seconds": 0,
    "cooldown_seconds": 0,
    "eviction_spread_seconds": 1,
    "verify_stable_seconds": 1,
    "price_samples": 1,
    "min_cheaper_pools": 1,
}
