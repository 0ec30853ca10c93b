"""What is bought already, or leaves, or was bought in vain; and what the policy asks for beside the pods."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.fleet.kube.port import Owner
from apps.fleet.models import Launch, Pool
from apps.fleet.statuses import LaunchState
from apps.pipeline.optimizer.model import LIFECYCLE_LABEL, Limits, Requirement
from apps.pipeline.placement.gathering import problem_of
from tests.factories import OnDemandInstanceFactory, SpotInstanceFactory, SwitchFactory

from .build import (
    NOW,
    A,
    B,
    C,
    apart,
    cluster_with_pools,
    daemon,
    gathered,
    node,
    offered,
    pod,
    running,
    shape_of,
    state,
)

pytestmark = pytest.mark.django_db
ON_DEMAND = Requirement(LIFECYCLE_LABEL, "In", frozenset({"on_demand"}))


def launch(cluster, *pods, **changes):
    pool = Pool.objects.get(zone=A, lifecycle="spot")
    values = {
        "cluster": cluster,
        "state": LaunchState.LAUNCHING,
        "reason": "1 pod waits.",
        "candidates": [pool.pk],
        "pool": pool,
        "pods": [{"namespace": one.namespace, "name": one.name, "uid": one.uid} for one in pods],
        "created_at": NOW - timedelta(seconds=20),
        "entered_at": NOW,
    }
    return Launch.objects.create(**{**values, **changes})


# ----------------------------------------------------------------------- launches


def test_a_pod_that_a_node_is_bought_for_is_not_planned_again():
    cluster = cluster_with_pools(A)
    bought_for, other = pod(cpu_milli=1500), pod()
    ours = launch(cluster, bought_for)

    found = gathered(cluster, [bought_for, other])

    assert [one.id for one in found.problem.pods] == [f"shop/{other.name}"]
    assert found.provided == {bought_for.uid}
    [coming] = found.problem.nodes
    assert coming.name == f"launch/{ours.pk}"
    assert coming.free[0] == offered(found).capacity[0] - 1500


def test_a_launch_that_has_joined_is_its_node_with_the_room_of_its_pods_taken():
    cluster = cluster_with_pools(A)
    bought_for = pod(cpu_milli=1500, scheduling=apart("kubernetes.io/hostname"))
    instance = SpotInstanceFactory(cluster=cluster, node_name="node-a", node_ready=False)
    launch(cluster, bought_for, instance=instance, state=LaunchState.JOINING)

    found = gathered(cluster, [bought_for, pod()], [node(ready=False)])

    [there] = found.problem.nodes
    assert (there.name, there.free[0]) == ("node-a", 430)
    assert there.apart


def test_room_of_a_launch_whose_pods_are_gone_is_free():
    cluster = cluster_with_pools(A)
    launch(cluster, pod(cpu_milli=1500))

    found = gathered(cluster, [pod()])

    assert found.problem.nodes[0].free == offered(found).capacity


def test_a_pod_that_nodes_were_bought_for_in_vain_gets_no_third_one():
    cluster = cluster_with_pools(A)
    seen = pod(refusal="0/3 nodes are available: 3 node(s) didn't find available volumes.")
    for _ in range(2):
        launch(cluster, seen, state=LaunchState.READY, finished_at=NOW)

    found = gathered(cluster, [seen])

    assert not found.problem.pods
    assert "2 nodes were bought for it" in found.unplaced[0].detail
    assert "didn't find available volumes" in found.unplaced[0].detail


# ----------------------------------------------------------------------- switches


def test_a_replacement_keeps_room_for_the_pods_that_are_on_its_way():
    cluster = cluster_with_pools(A, B)
    old = SpotInstanceFactory(cluster=cluster, node_name="node-a")
    to = Pool.objects.get(zone=B, lifecycle="spot")
    switch = SwitchFactory(cluster=cluster, old_instance=old, to_pool=to)
    others = [running("node-a", cpu_milli=1000), daemon("node-a", cpu_milli=100)]

    found = gathered(cluster, [pod()], [node()], others=others)

    [coming] = found.problem.nodes
    assert (coming.name, coming.zone) == (f"switch/{switch.pk}", B)
    assert coming.free[0] == offered(found, B).capacity[0] - 1000


def test_a_replacement_that_has_joined_keeps_that_room_until_the_pods_have_come():
    cluster = cluster_with_pools(A, B)
    old = SpotInstanceFactory(cluster=cluster, node_name="node-a")
    new = SpotInstanceFactory(cluster=cluster, node_name="node-b", zone=B)
    SwitchFactory(cluster=cluster, old_instance=old, new_instance=new)
    nodes = [node(), node("node-b", B)]

    before = gathered(cluster, [pod()], nodes, others=[running("node-a", cpu_milli=1000)])
    after = gathered(cluster, [pod()], nodes, others=[running("node-b", cpu_milli=1000)])

    assert [(one.name, one.free[0]) for one in before.problem.nodes] == [("node-b", 930)]
    assert [(one.name, one.free[0]) for one in after.problem.nodes] == [("node-b", 930)]


def test_a_node_that_aws_takes_gets_no_pods():
    cluster = cluster_with_pools(A)
    SpotInstanceFactory(cluster=cluster, node_name="node-a", interruption_at=NOW + timedelta(minutes=2))

    assert not gathered(cluster, [pod()], [node()]).problem.nodes


# ------------------------------------------------------------------------- policy


def test_so_many_replicas_as_a_workload_says_go_to_on_demand_nodes():
    asks = {"annotations": {"atharva.ai/min-on-demand": "2"}}
    cluster = cluster_with_pools(A)
    OnDemandInstanceFactory(cluster=cluster, node_name="node-a")
    first, second, other = pod("web-1", **asks), pod("web-2", **asks), pod("api", labels={"app": "api"})

    found = gathered(cluster, [first, second, other], [node()], others=[running("node-a", **asks)])

    assert [ON_DEMAND in term for term in shape_of(found, first).where.terms] == [True]
    assert not shape_of(found, second).where.terms
    assert not shape_of(found, other).where.terms


def test_replicas_of_a_rollout_are_of_one_workload():
    def of(set_name, suffix):
        labels = {"app": "web", "pod-template-hash": suffix}
        return {
            "annotations": {"atharva.ai/min-on-demand": "1"},
            "owner": Owner("ReplicaSet", "shop", f"{set_name}-{suffix}"),
            "labels": labels,
        }

    cluster = cluster_with_pools(A)
    OnDemandInstanceFactory(cluster=cluster, node_name="node-a")
    seen = pod(**of("web", "7f"))

    found = gathered(cluster, [seen], [node()], others=[running("node-a", **of("web", "5d"))])

    assert not shape_of(found, seen).where.terms


@pytest.mark.parametrize(
    ("policy", "share", "wanted"),
    [
        ({"on_demand_floor": 3}, 0, 2),
        ({"on_demand_floor": 1}, 0, 0),
        ({"on_demand_floor_pct": 100}, 0, 1),
        ({}, 100, 1),
        ({"on_demand_floor": 5, "on_demand_floor_pct": 50}, 100, 4),
    ],
)
def test_new_nodes_make_up_for_the_on_demand_nodes_that_lack(policy, share, wanted):
    cluster = cluster_with_pools(A, **policy)
    cluster.on_demand_share_pct = share
    OnDemandInstanceFactory(cluster=cluster, node_name="node-a")
    SpotInstanceFactory(cluster=cluster, node_name="node-b")

    found = gathered(cluster, [pod()], [node(), node("node-b")])

    assert found.problem.limits.min_on_demand_nodes == wanted


def test_the_cap_leaves_what_the_cluster_does_not_pay_yet():
    cluster = cluster_with_pools(A, max_price_hourly_usd=Decimal("0.2"))
    OnDemandInstanceFactory(cluster=cluster, node_name="node-a", instance_type_id="m6i.large")
    launch(cluster, pod())

    found = gathered(cluster, [pod()], [node()])

    assert found.bill == Decimal("0.126")
    assert found.problem.limits == Limits(100, 0, pytest.approx(0.074))


def test_a_cap_that_is_reached_leaves_nothing():
    cluster = cluster_with_pools(A, max_price_hourly_usd=Decimal("0.05"))
    OnDemandInstanceFactory(cluster=cluster, node_name="node-a", instance_type_id="m6i.large")

    assert gathered(cluster, [pod()], [node()]).problem.limits.max_price_hourly_usd == 0


def test_headroom_is_planned_as_placeholders():
    cluster = cluster_with_pools(A, headroom_pct=50, headroom_memory_mib=6000, headroom_gpus=1)
    others = [running("node-a", cpu_milli=3500, memory_mib=1000), daemon("node-a", cpu_milli=999)]

    found = gathered(cluster, [pod(cpu_milli=500, memory_mib=1000)], [node()], others=others)

    extra = [one for one in found.problem.pods if one.id.startswith("headroom/")]
    totals = [sum(one.shape.requests[place] for one in extra) for place in range(4)]
    assert totals == [2000, 7000, 3, 1]


def test_a_problem_is_gathered_in_a_fixed_number_of_queries(django_assert_max_num_queries):
    cluster = cluster_with_pools(A, B)
    for number in range(5):
        SpotInstanceFactory(cluster=cluster, node_name=f"node-{number}")
        launch(cluster, pod())
    nodes, pods = [node(f"node-{number}") for number in range(5)], [pod() for _ in range(20)]

    with django_assert_max_num_queries(11):
        problem_of(cluster, state(nodes, pods), pods, now=NOW)


@pytest.mark.parametrize(
    ("zones", "share"), [([A], 100), ([A, B], 50), ([A, B, C], 34), ([A, B, C, "us-east-1d"], 30)]
)
def test_the_share_of_a_pool_is_widened_where_pods_have_few_spot_pools(zones, share):
    subnets = {zone: f"subnet-{zone}" for zone in zones}
    cluster = cluster_with_pools(*zones, template={"subnet_by_zone": subnets}, max_pool_share_pct=30)

    assert gathered(cluster, [pod()]).problem.limits.max_pool_share_pct == share
