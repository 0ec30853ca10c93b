"""A node goes without a replacement, because its pods fit on the others; where they do not, it stays."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.fleet.models import Instance, NodeGroup, Switch
from apps.fleet.selectors.lanes import moves_of
from apps.fleet.services import switching
from apps.fleet.services.pools import pool_of
from apps.fleet.statuses import DisruptionKind, InstanceState, SwitchState
from deploy.sandbox.seed.world import Group
from tests.world.tenant import NodeHandle, Tenant, eventually

from .conftest import Driver

pytestmark = pytest.mark.django_db


def remove(node: NodeHandle) -> Switch:
    return switching.suggest_switch(
        instance=node.instance,
        kind=DisruptionKind.CONSOLIDATION,
        candidates=[],
        reason="Its pods fit on the other nodes.",
        saving_hourly_usd=pool_of(node.instance).price_hourly_usd,
    )


def test_a_node_goes_and_its_pods_run_on_the_others(small: Driver) -> None:
    node, *others = small.tenant.nodes()
    small.tenant.deployment("web", replicas=3, on=node.name, min_available=2)
    path = f"clusters/{small.tenant.name}/lowest?namespace=default&selector=app=web"
    small.tenant.kube.ask(path, method="POST", body={})

    switch = small.finish(remove(node))

    assert small.seen == ["switching", "verifying", "complete"]
    assert switch.state == SwitchState.COMPLETE, switch.detail
    assert switch.detail.startswith("Removed, its 3 pods fit on ")
    assert switch.new_instance is None
    assert small.tenant.living() == {other.instance.ec2_id for other in others}
    assert Instance.objects.get(pk=node.instance.pk).state == InstanceState.TERMINATED
    assert small.tenant.ready("web") == 3
    assert small.tenant.kube.ask(path)["lowest"] >= 2


def test_what_it_saves_is_the_nodes_price(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    switch = small.finish(remove(node))
    assert switch.saving_promised_hourly_usd == switch.saving_hourly_usd == Decimal("0.15")


def test_its_lane_has_three_steps_and_says_that_nothing_is_launched(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("web", replicas=2, on=node.name, min_available=1)
    switch = small.reach(remove(node), SwitchState.SWITCHING)

    [lane] = moves_of(small.tenant.client, switch.entered_at).lanes[small.tenant.cluster.pk]

    assert [step.key for step in lane.steps] == ["switching", "verifying", "complete"]
    assert [step.state for step in lane.steps] == ["now", "todo", "todo"]
    assert lane.new_text == "no replacement"


def test_without_room_elsewhere_it_waits_and_nothing_is_touched(small: Driver) -> None:
    node, *others = small.tenant.nodes()
    small.tenant.deployment("large", replicas=1, on=node.name, cpu="3")
    for other in others:
        small.tenant.deployment(f"fills-{other.name}"[:50], replicas=1, on=other.name, cpu="2")
    before = small.tenant.pods_on(node.name)

    switch = small.run(remove(node), lambda s: s.blocked_by != "")

    assert switch.state == SwitchState.SUGGESTED
    assert "(3.00 CPUs, 0.1 GiB) would find no place on the 2 nodes left" in switch.detail
    assert small.tenant.pods_on(node.name) == before
    assert not small.tenant.core.read_node(node.name).spec.taints


def test_at_the_limit_it_is_given_up_and_the_node_stays(small: Driver) -> None:
    node, *others = small.tenant.nodes()
    small.tenant.deployment("large", replicas=1, on=node.name, cpu="3")
    for other in others:
        small.tenant.core.patch_node(other.name, {"spec": {"unschedulable": True}})
    type(small.tenant.cluster.policy).objects.update(drain_limit_seconds=1)

    switch = small.finish(remove(node))

    assert switch.state == SwitchState.ROLLED_BACK
    assert switch.error.startswith("Pod default/large-")
    assert node.instance.ec2_id in small.tenant.living()


def test_two_removals_do_not_count_on_each_others_room(small: Driver) -> None:
    first, second, third = small.tenant.nodes()
    for node in (first, second, third):
        small.tenant.deployment(f"app-{node.name}"[:50], replicas=1, on=node.name, cpu="2")
    one, other = remove(first), remove(second)

    one = small.run(one, lambda s: s.blocked_by != "")

    assert "would find no place on the 1 node left" in one.detail
    assert other.state == SwitchState.SUGGESTED
    assert len(small.tenant.living()) == 3


def test_a_drain_that_cannot_end_gives_the_node_back(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("ledger", replicas=2, on=node.name, min_available=1)
    type(small.tenant.cluster.policy).objects.update(drain_limit_seconds=3)
    switch = small.reach(remove(node), SwitchState.SWITCHING)
    small.tenant.budget("ledger", 2)

    switch = small.finish(switch)

    assert switch.state == SwitchState.ROLLED_BACK
    assert not small.tenant.core.read_node(node.name).spec.taints
    assert node.instance.ec2_id in small.tenant.living()
    assert Instance.objects.get(pk=node.instance.pk).state == InstanceState.RUNNING


def test_pods_that_do_not_come_back_get_their_node_again(small: Driver) -> None:
    node, *others = small.tenant.nodes()
    small.tenant.deployment("web", replicas=2, on=node.name)
    type(small.tenant.cluster.policy).objects.update(verify_limit_seconds=1)
    switch = small.reach(remove(node), SwitchState.SWITCHING)
    for other in others:  # the room that was there has been taken meanwhile
        small.tenant.core.patch_node(other.name, {"spec": {"unschedulable": True}})

    switch = small.finish(switch)

    assert switch.state == SwitchState.ROLLED_BACK
    assert "The node takes pods again" in [step.detail for step in switch.steps.all()][-2]
    eventually("its pods run on it again", lambda: small.tenant.ready("web") == 2)


def test_a_paused_cluster_removes_nothing(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    type(small.tenant.cluster.policy).objects.update(mode="dry_run")
    switch = small.finish(remove(node))
    assert switch.state == SwitchState.ROLLED_BACK
    assert node.instance.ec2_id in small.tenant.living()


def test_a_group_shrinks_and_is_owed_nothing(tenant: Callable[[], Tenant]) -> None:
    group = Group(("m5.xlarge",), minimum=1, desired=2, maximum=5, on_demand=0)
    driver = Driver(tenant().build(group=group))
    node, other = driver.tenant.nodes()

    switch = driver.finish(remove(node))

    assert switch.state == SwitchState.COMPLETE, switch.detail
    eventually("the group is at rest", lambda: described(driver)["DesiredCapacity"] == 1)
    assert driver.tenant.living() == {other.instance.ec2_id}
    stored = NodeGroup.objects.get(cluster=driver.tenant.cluster)
    assert (stored.desired, stored.taken) == (1, 0)


def described(driver: Driver) -> dict[str, Any]:
    [group] = driver.tenant.cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return dict(group)
