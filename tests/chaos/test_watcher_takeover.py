"""The watcher that holds a cluster is killed while thousands of pods change state; the other misses none."""

from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection

from apps.fleet.models import Cluster, Instance
from apps.pipeline.models import PlacementRequest
from tests.factories import ClusterFactory, SpotInstanceFactory
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.world.processes import Processes
from tests.world.servers import AwsEmulator, KubeStandIn
from tests.world.tenant import eventually

CROWDS, REPLICAS, GONE = 50, 100, 10
PODS, LEFT = CROWDS * REPLICAS, (CROWDS - GONE) * REPLICAS
TAKEOVER_SECONDS = 10
HOLDERS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


@pytest.fixture
def processes(transactional_db: None, cloud_settings: None, aws_emulator: AwsEmulator) -> Iterator[Processes]:
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    made = Processes(aws_emulator)
    yield made
    made.stop()


@pytest.fixture
def kube(kube_stand_in: KubeStandIn) -> TestCluster:
    return StandIn(kube_stand_in).cluster()


def holder() -> int | None:
    """The session that holds the cluster's lease."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS)
        row = cursor.fetchone()
    return row[0] if row else None


def pods_of(kube: TestCluster) -> list[dict[str, Any]]:
    return list(kube.api("GET", "/api/v1/namespaces/default/pods")["items"])


def refused(kube: TestCluster) -> set[str]:
    """The uids of the pods that no node takes, as the cluster says."""
    return {
        pod["metadata"]["uid"]
        for pod in pods_of(kube)
        for condition in pod["status"].get("conditions", ())
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable"
    }


def asked_for() -> set[str]:
    """The uids of the pods that plans have been asked for."""
    return {
        uid
        for context in PlacementRequest.objects.values_list("context", flat=True)
        for uid in context["uids"].values()
    }


def create_crowd(kube: TestCluster, number: int) -> None:
    """A Deployment of pods that no node takes."""
    container = {"name": "main", "image": "app", "resources": {"requests": {"cpu": "48"}}}
    labels = {"app": f"crowd-{number}"}
    spec = {
        "replicas": REPLICAS,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    kube.api("POST", DEPLOYMENTS, {"metadata": {"name": labels["app"]}, "spec": spec})


@pytest.mark.requirement("P1.1", "P1.10")
def test_the_other_watcher_takes_over_and_misses_none(processes: Processes, kube: TestCluster) -> None:
    cluster: Cluster = ClusterFactory(kubeconfig=kube.kubeconfig, name=kube.name)
    known = SpotInstanceFactory(cluster=cluster, account=cluster.account, node_name="")
    node = kube.node(instance_id=known.ec2_id)
    processes.start("watcher")
    eventually("the first watches", lambda: Instance.objects.get(pk=known.pk).node_ready)
    first = holder()
    processes.running["first"] = processes.running.pop("watcher")
    processes.start("watcher")
    eventually("the second stands by", lambda: _watchers() == 2)

    for number in range(CROWDS // 2):
        create_crowd(kube, number)
    processes.kill("first")
    killed_at = monotonic()
    # What happens while nobody watches.
    for number in range(CROWDS // 2, CROWDS):
        create_crowd(kube, number)
    kube.patch(f"/api/v1/nodes/{node}", {"spec": {"unschedulable": True}})
    late = SpotInstanceFactory(cluster=cluster, account=cluster.account, node_name="")
    kube.node(instance_id=late.ec2_id)
    for number in range(GONE):
        kube.patch(f"{DEPLOYMENTS}/crowd-{number}", {"spec": {"replicas": 0}})

    while holder() in (None, first):
        assert monotonic() - killed_at < TAKEOVER_SECONDS
        sleep(0.05)
    took = monotonic() - killed_at
    eventually("the second knows the nodes", lambda: Instance.objects.get(pk=late.pk).node_ready)
    assert Instance.objects.get(pk=known.pk).node_cordoned
    eventually("the crowd is made", lambda: len(pods_of(kube)) == LEFT)
    eventually("all of them are asked for", lambda: asked_for() >= refused(kube))
    print(f"\ntaken over after {took:.1f} s; {LEFT} pods asked for after {monotonic() - killed_at:.1f} s")
    assert len(refused(kube)) == LEFT
    assert took < TAKEOVER_SECONDS


def _watchers() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
        return int(cursor.fetchone()[0])
