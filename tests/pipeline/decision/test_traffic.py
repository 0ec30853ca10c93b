"""What is under way counts where it is going: in the bill, in the pools' shares, in the on-demand floor."""

from decimal import Decimal

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster, Launch
from apps.pipeline.decision.gathering import gather
from tests.factories import (
    ClusterFactory,
    NodeTemplateFactory,
    OnDemandPoolFactory,
    PoolFactory,
    SpotInstanceFactory,
    SwitchFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cluster():
    made = ClusterFactory()
    NodeTemplateFactory(cluster=made)
    PoolFactory()
    return Cluster.objects.select_related("policy").get(pk=made.pk)


@pytest.fixture
def way_out():
    return OnDemandPoolFactory(zone="us-east-1b")


def launch(cluster, to, **fields):
    now = timezone.now()
    return Launch.objects.create(
        cluster=cluster, reason="Pods wait.", candidates=[to.pk], created_at=now, entered_at=now, **fields
    )


def tempo_of(cluster):
    return gather(cluster, timezone.now()).tempo


def test_a_settled_cluster_costs_its_nodes(cluster):
    for _ in range(3):
        SpotInstanceFactory(cluster=cluster)
    assert tempo_of(cluster).bill == Decimal("0.09")


def test_a_node_that_moves_costs_what_its_next_one_will(cluster, way_out):
    node = SpotInstanceFactory(cluster=cluster)
    switch = SwitchFactory(cluster=cluster, old_instance=node, to_pool=way_out)
    before = tempo_of(cluster)
    assert (before.bill, before.on_demand, before.on_demand_coming) == (Decimal("0.096"), 0, 1)
    # The replacement has joined: it is still counted once.
    switch.new_instance = SpotInstanceFactory(cluster=cluster, lifecycle="on_demand", zone="us-east-1b")
    switch.save()
    assert tempo_of(cluster) == before


def test_a_node_that_is_bought_for_pods_counts_from_the_plan_on(cluster, way_out):
    bought = launch(cluster, way_out)
    assert (tempo_of(cluster).bill, tempo_of(cluster).on_demand_coming) == (Decimal("0.096"), 1)
    joined = SpotInstanceFactory(cluster=cluster, lifecycle="on_demand", zone="us-east-1b")
    Launch.objects.filter(pk=bought.pk).update(instance=joined, pool=way_out)
    scene = gather(cluster, timezone.now())
    assert (scene.tempo.bill, scene.tempo.on_demand_coming) == (Decimal("0.096"), 1)
    assert [node.moving for node in scene.nodes] == [True]


def test_a_pool_that_a_launch_has_just_bought_from_stands_behind_others(cluster):
    pool = PoolFactory(zone="us-east-1c")
    launch(cluster, pool, pool=pool, finished_at=timezone.now())
    scene = gather(cluster, timezone.now())
    assert [view.bought_lately for view in scene.pools if view.id == pool.pk] == [True]
    assert scene.tempo.bill == 0
