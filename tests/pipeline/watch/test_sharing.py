from collections.abc import Callable
from datetime import datetime

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from apps.fleet.models import Cluster, Instance
from apps.pipeline.watch.leases import LeaseLost, Leases
from apps.pipeline.watch.recording import record_heard
from tests.factories import ClusterFactory, SpotInstanceFactory
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.fleet.kube.workloads import wait_until

from .conftest import Watcher

LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 GROUP BY pid"


def leases_per_watcher() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(LOCKS)
        return sorted(row[0] for row in cursor.fetchall())


def watched_at(cluster: Cluster) -> datetime | None:
    return Cluster.objects.get(pk=cluster.pk).watched_at


def node_name(instance_pk: int) -> str:
    return Instance.objects.get(pk=instance_pk).node_name


def test_a_cluster_is_watched_by_one_only(cluster: Cluster) -> None:
    one, other = Leases(), Leases()
    try:
        assert one.take(cluster.pk)
        assert not other.take(cluster.pk)
        assert one.watchers() == other.watchers() == 2

        one.close()

        wait_until(lambda: other.watchers() == 1)
        assert other.take(cluster.pk)
    finally:
        one.close()
        other.close()


def test_whoever_lost_the_lease_writes_nothing_more(cluster: Cluster) -> None:
    leases = Leases()
    assert leases.take(cluster.pk)
    with leases.writing(cluster.pk):
        record_heard(cluster, problem="")
    before = watched_at(cluster)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", (leases._pid,))

    with pytest.raises(LeaseLost), leases.writing(cluster.pk):
        record_heard(cluster, problem="")
    assert watched_at(cluster) == before
    with pytest.raises(psycopg.OperationalError):
        leases.watchers()


def test_several_watchers_share_the_clusters_and_take_over_from_a_killed_one(
    standin: StandIn, start_watcher: Callable[..., Watcher]
) -> None:
    tenants = [standin.cluster() for _ in range(4)]
    known = [ClusterFactory(kubeconfig=tenant.kubeconfig, name=tenant.name) for tenant in tenants]
    first, _ = start_watcher(), start_watcher()
    wait_until(lambda: leases_per_watcher() == [2, 2], seconds=90)
    wait_until(lambda: all(watched_at(cluster) for cluster in known))

    first.kill()
    first.wait()
    wait_until(lambda: leases_per_watcher() == [4])

    for tenant, cluster in zip(tenants, known, strict=True):
        instance = SpotInstanceFactory(cluster=cluster, account=cluster.account, node_name="")
        tenant.node(instance_id=instance.ec2_id)

        wait_until(lambda pk=instance.pk: node_name(pk))


def test_a_watcher_leaves_cleanly(cluster: Cluster, start_watcher: Callable[..., Watcher]) -> None:
    watcher = start_watcher()
    wait_until(lambda: watched_at(cluster), seconds=60)

    assert watcher.leave() == 0
    assert leases_per_watcher() == []


@pytest.mark.usefixtures("watching")
def test_new_clusters_are_picked_up_and_removed_ones_dropped(
    cluster: Cluster, standin: StandIn, kube: TestCluster
) -> None:
    wait_until(lambda: leases_per_watcher() == [1])
    tenant = standin.cluster()

    new = ClusterFactory(kubeconfig=tenant.kubeconfig)
    wait_until(lambda: watched_at(new))

    Cluster.objects.filter(pk=cluster.pk).update(left_at=timezone.now())
    wait_until(lambda: leases_per_watcher() == [1])
    assert tenant.calls().get("watch nodes", 0) >= 1


@pytest.mark.usefixtures("watching")
def test_the_watcher_survives_the_loss_of_its_connection(cluster: Cluster, kube: TestCluster) -> None:
    wait_until(lambda: watched_at(cluster))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    instance = SpotInstanceFactory(cluster=cluster, account=cluster.account, node_name="")

    kube.node(instance_id=instance.ec2_id)

    wait_until(lambda: node_name(instance.pk))
