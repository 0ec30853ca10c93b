import pytest

from apps.fleet.kube.permissions import needed_in
from apps.fleet.kube.rbac import rules
from apps.fleet.models import Cluster, Instance
from apps.fleet.statuses import Mode
from tests.factories import ClusterFactory, SpotInstanceFactory
from tests.fleet.kube.kubeconfigs import minimal
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.fleet.kube.workloads import wait_until
from tests.world.servers import free_port

from .waiting import asked_for, start_pod

pytestmark = pytest.mark.usefixtures("watching")


def problem_of(cluster: Cluster) -> str:
    return Cluster.objects.get(pk=cluster.pk).problem


def node_of(instance: Instance) -> str:
    return Instance.objects.get(pk=instance.pk).node_name


@pytest.mark.parametrize("mode", ["close", "503"])
def test_an_outage_is_told_survived_and_forgotten(cluster: Cluster, kube: TestCluster, mode: str) -> None:
    wait_until(lambda: Cluster.objects.get(pk=cluster.pk).watched_at)
    instance = SpotInstanceFactory(cluster=cluster, account=cluster.account, node_name="")

    kube.control("POST", "/outage", {"seconds": 3, "mode": mode})
    wait_until(lambda: "does not answer" in problem_of(cluster))
    name = kube.node(instance_id=instance.ec2_id)

    wait_until(lambda: problem_of(cluster) == "")
    wait_until(lambda: node_of(instance) == name)


def test_a_forgotten_history_is_listed_again(cluster: Cluster, kube: TestCluster) -> None:
    wait_until(lambda: Cluster.objects.get(pk=cluster.pk).watched_at)
    instance = SpotInstanceFactory(cluster=cluster, account=cluster.account, node_name="")

    kube.control("POST", "/compact")
    name = kube.node(instance_id=instance.ec2_id)

    wait_until(lambda: node_of(instance) == name)
    assert problem_of(cluster) == ""


def test_an_unusable_kubeconfig_is_named_until_it_is_replaced(kube: TestCluster) -> None:
    cluster = ClusterFactory(kubeconfig="apiVersion: v1\n", name="prod")
    wait_until(lambda: problem_of(cluster))
    assert problem_of(cluster) == (
        "The kubeconfig of cluster prod cannot be used: it has no current-context."
    )

    cluster.kubeconfig = kube.kubeconfig
    cluster.save()

    wait_until(lambda: problem_of(cluster) == "")


def test_refused_credentials_are_named(kube: TestCluster) -> None:
    cluster = ClusterFactory(kubeconfig=kube.kubeconfig.replace(kube.token, "stale"), name="prod")

    wait_until(lambda: "does not accept the platform's credentials" in problem_of(cluster))


def test_one_clusters_trouble_is_not_anothers(cluster: Cluster, kube: TestCluster) -> None:
    dead = ClusterFactory(kubeconfig=minimal(f"https://127.0.0.1:{free_port()}"))
    wait_until(lambda: problem_of(dead))
    instance = SpotInstanceFactory(cluster=cluster, account=cluster.account, node_name="")

    name = kube.node(instance_id=instance.ec2_id)

    wait_until(lambda: node_of(instance) == name)
    assert problem_of(cluster) == ""


def test_what_one_stream_may_not_read_does_not_blind_the_other(standin: StandIn) -> None:
    """Pods are refused to the platform; the nodes are followed, and the cluster says what is missing."""
    granted = rules(verb for verb in needed_in(Mode.OBSERVE) if verb.name != "list pods")
    kube = standin.cluster(token_rules=granted)
    cluster = ClusterFactory(kubeconfig=kube.kubeconfig, name=kube.name)
    wait_until(lambda: "list pods" in problem_of(cluster))
    instance = SpotInstanceFactory(cluster=cluster, account=cluster.account, node_name="")

    name = kube.node(instance_id=instance.ec2_id)

    wait_until(lambda: node_of(instance) == name)
    assert "list pods" in problem_of(cluster)


def test_a_forgotten_history_hides_no_pod(cluster: Cluster, kube: TestCluster) -> None:
    wait_until(lambda: Cluster.objects.get(pk=cluster.pk).watched_at)

    kube.control("POST", "/compact")
    start_pod(kube, "web")

    wait_until(lambda: asked_for() == {"web"})
