from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster, Instance
from apps.fleet.statuses import ManagedBy
from tests.factories import (
    ClusterFactory,
    LooseInstanceFactory,
    SpotInstanceFactory,
    SwitchFactory,
)
from tests.fleet.kube.standin import TestCluster
from tests.fleet.kube.workloads import wait_until

pytestmark = pytest.mark.usefixtures("watching")


def launched(cluster: Cluster) -> Instance:
    """An instance that EC2 runs and that is no node yet."""
    made: Instance = SpotInstanceFactory(
        cluster=cluster, account=cluster.account, node_name="", node_ready=False, joined_at=None
    )
    return made


def fresh(instance: Instance) -> Instance:
    return Instance.objects.get(pk=instance.pk)


def test_a_joining_node_is_recorded_with_name_readiness_and_time(cluster: Cluster, kube: TestCluster) -> None:
    instance = launched(cluster)

    name = kube.node(instance_id=instance.ec2_id)

    wait_until(lambda: fresh(instance).node_ready)
    seen = fresh(instance)
    assert seen.node_name == name
    assert seen.joined_at is not None
    assert timezone.now() - seen.joined_at < timedelta(minutes=1)


def test_cordon_and_uncordon_are_recorded(cluster: Cluster, kube: TestCluster) -> None:
    instance = launched(cluster)
    name = kube.node(instance_id=instance.ec2_id)

    kube.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": True}})
    wait_until(lambda: fresh(instance).node_cordoned)

    kube.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": None}})
    wait_until(lambda: not fresh(instance).node_cordoned)


def test_a_node_that_is_gone_leaves_its_instance_without_one(cluster: Cluster, kube: TestCluster) -> None:
    instance = launched(cluster)
    name = kube.node(instance_id=instance.ec2_id)
    wait_until(lambda: fresh(instance).node_ready)

    kube.control("DELETE", f"/nodes/{name}?gone=1")

    wait_until(lambda: fresh(instance).node_name == "")
    assert not fresh(instance).node_ready


def test_a_node_may_join_before_its_instance_is_known(cluster: Cluster, kube: TestCluster) -> None:
    name = kube.node(instance_id="i-0f00d")
    wait_until(lambda: Cluster.objects.get(pk=cluster.pk).watched_at)

    late = LooseInstanceFactory(account=cluster.account, ec2_id="i-0f00d")

    wait_until(lambda: fresh(late).node_name == name)
    assert fresh(late).cluster_id == cluster.pk


def test_an_instance_of_another_account_is_never_claimed(cluster: Cluster, kube: TestCluster) -> None:
    foreign, own = LooseInstanceFactory(), launched(cluster)

    kube.node(instance_id=foreign.ec2_id)
    kube.node(instance_id=own.ec2_id)

    wait_until(lambda: fresh(own).node_ready)
    assert fresh(foreign).node_name == ""
    assert fresh(foreign).cluster_id is None


def test_a_node_of_karpenter_is_said_to_be_karpenters(cluster: Cluster, kube: TestCluster) -> None:
    theirs, ours = launched(cluster), launched(cluster)

    kube.node(instance_id=theirs.ec2_id, labels={"karpenter.sh/nodepool": "default"})
    kube.node(instance_id=ours.ec2_id)

    wait_until(lambda: fresh(theirs).managed_by == ManagedBy.KARPENTER and fresh(ours).node_ready)
    assert fresh(ours).managed_by == ManagedBy.ATHARVA


def test_the_switch_of_a_changed_instance_looks_at_once(cluster: Cluster, kube: TestCluster) -> None:
    arriving, later = launched(cluster), timezone.now() + timedelta(hours=1)
    waiting, unconcerned = (
        SwitchFactory(cluster=cluster, old_instance=launched(cluster), new_instance=new, look_again_at=later)
        for new in (arriving, launched(cluster))
    )

    kube.node(instance_id=arriving.ec2_id)

    def is_awake() -> bool:
        waiting.refresh_from_db()
        return bool(waiting.look_again_at <= timezone.now())

    wait_until(is_awake)
    unconcerned.refresh_from_db()
    assert unconcerned.look_again_at == later


def test_what_happened_while_nobody_watched_is_made_up_for(kube: TestCluster) -> None:
    """Instances whose node is long gone, and nodes that joined in the meantime."""
    other = ClusterFactory(kubeconfig=kube.kubeconfig, left_at=timezone.now())
    gone = SpotInstanceFactory(cluster=other, account=other.account)
    joined = launched(other)
    kube.node(instance_id=joined.ec2_id)

    other.left_at = None
    other.save()

    wait_until(lambda: fresh(joined).node_ready)
    wait_until(lambda: fresh(gone).node_name == "")
