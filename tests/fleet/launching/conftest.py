"""A cluster with pods that no node takes, whose launches a test advances by hand."""

from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from kubernetes.client import AppsV1Api

from apps.fleet.models import Launch, NodeTemplate, Pool
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.services.launching import PlannedNode, PodRef, advance, begin_launches
from apps.fleet.statuses import LaunchState, Lifecycle
from deploy.sandbox.seed.world import NodeSet
from tests.world.tenant import REGION, Tenant, eventually

REASON = "2 pods wait that no node takes; the plan costs $0.0400/h, proven within 0.3 %."
# Two of these fill a node of two cores.
HALF_A_NODE = "900m"


class Buyer:
    """Begins launches and advances them the way the sweep does, and notes every state seen."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.seen: list[str] = []
        self.before = tenant.living()

    @property
    def bought(self) -> set[str]:
        """The EC2 ids of the instances that live and were not there at first."""
        return self.tenant.living() - self.before

    def waiting(
        self, name: str = "web", *, replicas: int = 2, cpu: str = HALF_A_NODE, **spec: Any
    ) -> list[PodRef]:
        """The pods of a new Deployment that no node takes."""
        deploy(self.tenant, name, replicas=replicas, cpu=cpu, **spec)

        def pods() -> list[PodRef]:
            found = self.tenant.core.list_namespaced_pod("default", label_selector=f"app={name}").items
            return [
                PodRef(pod.metadata.namespace, pod.metadata.name, pod.metadata.uid)
                for pod in found
                if not pod.spec.node_name
            ]

        eventually(f"{name} waits", lambda: len(pods()) == replicas)
        return pods()

    def pools(self, count: int = 3, *, lifecycle: Lifecycle = Lifecycle.SPOT) -> list[Pool]:
        """The cheapest pools of two cores and 8 GiB, in zones where the cluster has a subnet."""
        template = NodeTemplate.objects.get(cluster=self.tenant.cluster, architecture="amd64")
        return list(
            Pool.objects.filter(
                region=REGION,
                zone__in=template.subnet_by_zone,
                lifecycle=lifecycle,
                instance_type__architecture="amd64",
                instance_type__cpu_milli=2000,
                instance_type__memory_mib=8192,
                price_hourly_usd__gt=0,
            ).order_by("price_hourly_usd")[:count]
        )

    def begin(self, pods: Sequence[PodRef], pools: Sequence[Pool] = ()) -> Launch:
        node = PlannedNode(pools or self.pools(), pods)
        [launch] = begin_launches(self.tenant.cluster, plan_id=uuid4(), nodes=[node], reason=REASON)
        return launch

    def run(self, launch: Launch, until: Callable[[Launch], bool], *, seconds: float = 60) -> Launch:
        """Advance until `until` holds; an AssertionError with the last detail where it does not in time."""
        end = monotonic() + seconds
        while True:
            advance(launch.pk)
            launch = Launch.objects.select_related("instance", "pool").get(pk=launch.pk)
            if launch.instance is not None:  # EC2's events tell of it as quickly
                refresh_instances(self.tenant.cluster.account, REGION, [launch.instance.ec2_id])
            if not self.seen or self.seen[-1] != launch.state:
                self.seen.append(launch.state)
            if until(launch):
                return launch
            assert monotonic() < end, f"{launch.state}: {launch.detail}"
            sleep(0.1)

    def finish(self, launch: Launch, *, seconds: float = 60) -> Launch:
        return self.run(launch, lambda one: one.finished_at is not None, seconds=seconds)

    def reach(self, launch: Launch, state: LaunchState) -> Launch:
        return self.run(launch, lambda one: one.state == state)


def deploy(tenant: Tenant, name: str, *, replicas: int, cpu: str, **spec: Any) -> None:
    """A Deployment, whether or not there is room for its pods."""
    labels = {"app": name}
    container = {
        "name": "main",
        "image": "registry.example/app:1",
        "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}},
    }
    AppsV1Api(tenant.api).create_namespaced_deployment(
        "default",
        {
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **spec}},
            },
        },
    )


@pytest.fixture
def buyer(tenant: Callable[[], Tenant]) -> Buyer:
    """One node, which has no room for what the tests make wait."""
    built = tenant().build(NodeSet("m5.large", f"{REGION}a", 1))
    deploy(built, "filler", replicas=1, cpu="1900m")
    eventually("the node is full", lambda: built.ready("filler") == 1)
    return Buyer(built)
