"""A tenant takes a cluster back: the groups rise, our nodes go as gently as they came, no trace stays."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import AuditEvent
from apps.fleet.errors import ClusterLeaving, ClusterLeft
from apps.fleet.models import Cluster, Instance, NodeGroup, NodeTemplate, Operation, OperationItem, Switch
from apps.fleet.services import giving_back
from apps.fleet.services.giving_back.steps import GROUPS, OUR_NODES, Step
from apps.fleet.services.operations import advance_due, retry_failed
from apps.fleet.statuses import InstanceState, ItemState, ManagedBy, Mode, OperationStatus, SwitchState
from atharva.api.problems import Conflict
from deploy.sandbox.seed.world import Group, NodeSet
from tests.factories import AdminFactory
from tests.fleet.switching.conftest import Driver, make_dear
from tests.world.tenant import REGION, Tenant, eventually

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return AdminFactory()


def of_a_group(tenant: Callable[[], Tenant], *, maximum: int = 5) -> Driver:
    """Two members of a group, one of which we have replaced."""
    built = tenant().build(group=Group(("m5.xlarge",), minimum=1, desired=2, maximum=maximum, on_demand=0))
    make_dear("m5.xlarge")
    driver = Driver(built)
    switch = driver.finish(driver.suggest(built.nodes()[0]))
    assert switch.state == SwitchState.COMPLETE, switch.error
    return driver


def without_a_group(tenant: Callable[[], Tenant]) -> Driver:
    """Two nodes that nobody would launch again, one of which we have replaced."""
    built = tenant().build(NodeSet("m5.xlarge", f"{REGION}a", 2))
    make_dear("m5.xlarge")
    driver = Driver(built)
    switch = driver.finish(driver.suggest(built.nodes()[0]))
    assert switch.state == SwitchState.COMPLETE, switch.error
    return driver


def ours(cluster: Cluster) -> Instance:
    return Instance.objects.get(
        cluster=cluster,
        managed_by=ManagedBy.ATHARVA,
        state__in=(InstanceState.RUNNING, InstanceState.DRAINING),
    )


def is_theirs(instance: Instance) -> bool:
    return instance.managed_by == ManagedBy.NOBODY and instance.state == InstanceState.RUNNING


def joined(driver: Driver) -> None:
    """What the watcher would have written."""
    driver.tenant.discover()


def run(operation: Operation, until: Callable[[], object], *, seconds: float = 90) -> Operation:
    def stepped() -> object:
        OperationItem.objects.filter(operation=operation, finished_at=None).update(
            look_again_at=timezone.now()
        )
        advance_due()
        return until()

    eventually("the operation is there", stepped, seconds=seconds)
    operation.refresh_from_db()
    return operation


def finish(operation: Operation) -> Operation:
    return run(
        operation, lambda: Operation.objects.filter(pk=operation.pk, finished_at__isnull=False).exists()
    )


def group_of(driver: Driver) -> dict[str, Any]:
    [group] = driver.tenant.cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return dict(group)


def own_launch_templates(driver: Driver) -> list[str]:
    found = driver.tenant.cloud.ec2.describe_launch_templates()["LaunchTemplates"]
    return [t["LaunchTemplateName"] for t in found if t["LaunchTemplateName"].startswith("atharva-")]


def test_the_group_has_its_members_back_before_ours_goes(tenant: Callable[[], Tenant], admin) -> None:
    driver = of_a_group(tenant)
    joined(driver)
    cluster, going = driver.tenant.cluster, ours(driver.tenant.cluster)
    driver.tenant.deployment("web", replicas=3, on=going.node_name, min_available=2)
    lowest = f"clusters/{driver.tenant.name}/lowest?namespace=default&selector=app=web"
    driver.tenant.kube.ask(lowest, method="POST", body={})

    operation = finish(giving_back.give_back(cluster, by=admin))

    assert operation.status == OperationStatus.SUCCEEDED, list(operation.items.values_list("name", "detail"))
    members = {instance["InstanceId"] for instance in group_of(driver)["Instances"]}
    assert (group_of(driver)["DesiredCapacity"], driver.tenant.living()) == (2, members)
    assert driver.tenant.kube.ask(lowest)["lowest"] >= 2
    assert driver.tenant.ready("web") == 3
    assert NodeGroup.objects.get(name=group_of(driver)["AutoScalingGroupName"]).taken == 0
    raised = OperationItem.objects.get(operation=operation, group=GROUPS)
    ended = OperationItem.objects.get(operation=operation, group=OUR_NODES)
    assert raised.finished_at < ended.finished_at
    assert operation.result == {"groups_raised": 1, "nodes_ended": 1, "nodes_handed_over": 0}


def test_nothing_of_ours_is_left(tenant: Callable[[], Tenant], admin) -> None:
    driver = of_a_group(tenant)
    joined(driver)
    cluster = driver.tenant.cluster
    assert own_launch_templates(driver)

    finish(giving_back.give_back(cluster, by=admin))

    assert own_launch_templates(driver) == []
    for node in driver.tenant.core.list_node().items:
        assert not [t.key for t in node.spec.taints or () if t.key.startswith("atharva.ai/")]
        assert not [label for label in node.metadata.labels if "exclude-from-external" in label]
    cluster.refresh_from_db()
    assert cluster.left_at is not None
    assert (cluster.kubeconfig, cluster.endpoint, cluster.certificate_authority) == ("", "", "")
    assert not NodeTemplate.objects.filter(cluster=cluster).exists()
    assert not Instance.objects.filter(cluster=cluster).exclude(state=InstanceState.TERMINATED).exists()
    assert cluster not in Cluster.objects.in_use()
    assert AuditEvent.objects.filter(what="cluster_left", client=cluster.client).exists()


def test_a_node_that_nobody_would_launch_again_stays_as_the_tenants_own(
    tenant: Callable[[], Tenant], admin
) -> None:
    driver = without_a_group(tenant)
    joined(driver)
    before, staying = driver.tenant.living(), ours(driver.tenant.cluster)

    operation = finish(giving_back.give_back(driver.tenant.cluster, by=admin))

    assert operation.status == OperationStatus.SUCCEEDED
    assert driver.tenant.living() == before
    [seen] = driver.tenant.cloud.ec2.describe_instances(InstanceIds=[staying.ec2_id])["Reservations"]
    tags = {tag["Key"] for tag in seen["Instances"][0]["Tags"]}
    assert "atharva.ai/switch" not in tags
    staying.refresh_from_db()
    assert staying.managed_by == ManagedBy.NOBODY


def test_moving_stops_the_moment_it_is_asked_for(tenant: Callable[[], Tenant], admin) -> None:
    driver = without_a_group(tenant)
    joined(driver)
    cluster = driver.tenant.cluster
    under_way = driver.suggest(next(n for n in driver.tenant.nodes() if is_theirs(n.instance)))

    operation = giving_back.give_back(cluster, by=admin)

    cluster.policy.refresh_from_db()
    assert cluster.policy.mode == Mode.OBSERVE
    [waiting] = run(operation, lambda: operation.items.exclude(detail="").exists()).items.all()
    assert (waiting.step, waiting.detail) == (Step.MOVES, "1 moves are still under way")
    driver.finish(under_way)
    assert Switch.objects.get(pk=under_way.pk).state == "rolled_back"
    assert finish(operation).status == OperationStatus.SUCCEEDED


def test_a_group_that_cannot_grow_keeps_our_nodes_and_a_retry_goes_on(
    tenant: Callable[[], Tenant], admin
) -> None:
    driver = of_a_group(tenant)
    joined(driver)
    autoscaling, name = driver.tenant.cloud.client("autoscaling"), group_of(driver)["AutoScalingGroupName"]
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=1)
    kept = ours(driver.tenant.cluster)

    operation = finish(giving_back.give_back(driver.tenant.cluster, by=admin))

    assert operation.status == OperationStatus.PARTIALLY_FAILED
    assert "its maximum is 1. Raise its maximum" in operation.items.get(group=GROUPS).detail
    assert operation.items.get(group=OUR_NODES).detail == "Kept: a group has not brought its nodes"
    assert kept.ec2_id in driver.tenant.living()
    assert Cluster.objects.get(pk=driver.tenant.cluster.pk).left_at is None

    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=5)
    retry_failed(operation, by=admin)
    assert finish(operation).status == OperationStatus.SUCCEEDED
    assert kept.ec2_id not in driver.tenant.living()


def test_a_budget_without_room_keeps_the_node_whole(tenant: Callable[[], Tenant], admin) -> None:
    driver = of_a_group(tenant)
    joined(driver)
    cluster, going = driver.tenant.cluster, ours(driver.tenant.cluster)
    driver.tenant.deployment("web", replicas=2, on=going.node_name, min_available=2)
    before = driver.tenant.pods_on(going.node_name)
    cluster.policy.drain_limit_seconds = 2
    cluster.policy.save()

    operation = finish(giving_back.give_back(cluster, by=admin))

    node = operation.items.get(group=OUR_NODES)
    assert node.state == ItemState.FAILED
    assert "web" in node.detail
    assert driver.tenant.pods_on(going.node_name) == before
    [seen] = [n for n in driver.tenant.core.list_node().items if n.metadata.name == going.node_name]
    assert not seen.spec.taints


def test_it_is_given_back_once(tenant: Callable[[], Tenant], admin) -> None:
    driver = without_a_group(tenant)
    joined(driver)
    cluster = driver.tenant.cluster
    operation = giving_back.give_back(cluster, by=admin, key="a")
    assert giving_back.give_back(cluster, by=admin, key="a") == operation
    with pytest.raises(Conflict):
        giving_back.give_back(cluster, by=admin, key="b")
    with pytest.raises(ClusterLeaving):
        giving_back.refuse_while_leaving(cluster)
    finish(operation)
    cluster.refresh_from_db()
    with pytest.raises(ClusterLeft):
        giving_back.give_back(cluster, by=admin)


def test_what_would_be_done_is_told_beforehand(tenant: Callable[[], Tenant]) -> None:
    driver = of_a_group(tenant)
    joined(driver)
    found = giving_back.preview(driver.tenant.cluster)
    assert [group.taken for group in found.groups] == [1]
    assert found.going == [ours(driver.tenant.cluster)]
    assert (found.staying, found.moves_under_way) == ([], 0)
