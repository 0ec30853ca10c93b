"""A node of an Auto Scaling group leaves with its place in the group; at the minimum it stays."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.fleet.errors import GroupAtMinimum
from apps.fleet.models import NodeGroup, Switch
from apps.fleet.statuses import ManagedBy, SwitchState
from deploy.sandbox.seed.world import Group
from tests.world.tenant import Tenant, eventually

from .conftest import Driver, make_dear

pytestmark = pytest.mark.django_db


def build(tenant: Callable[[], Tenant], *, minimum: int) -> Driver:
    group = Group(("m5.xlarge",), minimum=minimum, desired=2, maximum=5, on_demand=0)
    built = tenant().build(group=group)
    make_dear("m5.xlarge")
    return Driver(built)


def described(driver: Driver) -> dict[str, Any]:
    [group] = driver.tenant.cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return dict(group)


def test_the_desired_count_falls_by_one_and_the_group_launches_nothing(tenant: Callable[[], Tenant]) -> None:
    driver = build(tenant, minimum=1)
    node, other = driver.tenant.nodes()
    assert node.instance.managed_by == ManagedBy.GROUP

    switch = driver.finish(driver.suggest(node))

    assert switch.state == SwitchState.COMPLETE
    # The emulated group looks after its size every second or two; it must have had its chance.
    eventually("the group is at rest", lambda: described(driver)["DesiredCapacity"] == 1)
    assert [i["InstanceId"] for i in described(driver)["Instances"]] == [other.instance.ec2_id]
    assert driver.tenant.living() == {other.instance.ec2_id, switch.new_instance.ec2_id}
    stored = NodeGroup.objects.get(cluster=driver.tenant.cluster)
    assert (stored.desired, stored.taken) == (1, 1)


def test_at_the_minimum_the_switch_is_refused_beforehand(tenant: Callable[[], Tenant]) -> None:
    driver = build(tenant, minimum=2)
    node = driver.tenant.nodes()[0]

    with pytest.raises(GroupAtMinimum, match=r"general is at its minimum of 2\. Lower its minimum"):
        driver.suggest(node)

    assert not Switch.objects.exists()
    assert described(driver)["DesiredCapacity"] == 2


def test_members_already_leaving_count_against_the_minimum(tenant: Callable[[], Tenant]) -> None:
    driver = build(tenant, minimum=1)
    first, second = driver.tenant.nodes()
    driver.suggest(first)

    with pytest.raises(GroupAtMinimum):
        driver.suggest(second)
