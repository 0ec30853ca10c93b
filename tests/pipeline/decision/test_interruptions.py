"""AWS takes a node, or recommends to move it: what is begun, and what is only remembered."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster, Notification, Pool, PoolEvent, Switch
from apps.fleet.signals import interruption_received, pool_without_capacity, rebalance_recommended
from apps.fleet.statuses import DisruptionKind, ManagedBy
from apps.pipeline.models import PipelineRun, Trigger
from tests.factories import (
    ClusterFactory,
    InstanceTypeFactory,
    LooseInstanceFactory,
    NodeGroupFactory,
    NodeTemplateFactory,
    OnDemandPoolFactory,
    PoolFactory,
    SpotInstanceFactory,
    SwitchFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def deadline():
    return timezone.now() + timedelta(minutes=2)


@pytest.fixture
def pools():
    """The pool that nodes are in (zone a), six others, and on-demand."""
    for family in ("m6i", "m5"):
        described = InstanceTypeFactory(name=f"{family}.large")
        OnDemandPoolFactory(instance_type=described)
        for zone in "abc":
            PoolFactory(instance_type=described, zone=f"us-east-1{zone}", advisor_bucket=1)


def node_in(cluster=None, **changes):
    cluster = cluster or ClusterFactory()
    NodeTemplateFactory(cluster=cluster)
    return SpotInstanceFactory(cluster=cluster, **changes)


def interrupt(node, deadline):
    interruption_received.send(None, instance=node, deadline_at=deadline)


def candidates_of(switch):
    pools = Pool.objects.in_bulk()
    return [pools[pk] for pk in switch.candidates]


def test_the_switch_begins_at_once_with_awss_deadline(pools, deadline):
    node = node_in()
    interrupt(node, deadline)
    switch = Switch.objects.get(old_instance=node)
    assert (switch.kind, switch.deadline_at) == (DisruptionKind.INTERRUPTION, deadline)


def test_another_pool_comes_first_and_on_demand_last(pools, deadline):
    node = node_in()
    interrupt(node, deadline)
    tried = candidates_of(Switch.objects.get())
    assert [pool.lifecycle for pool in tried] == ["spot"] * 4 + ["on_demand"]
    assert (node.zone, node.instance_type_id) not in {(p.zone, p.instance_type_id) for p in tried[:4]}


def test_on_demand_alone_is_a_way_out(deadline):
    OnDemandPoolFactory()
    PoolFactory()
    node = node_in()
    interrupt(node, deadline)
    assert [pool.lifecycle for pool in candidates_of(Switch.objects.get())] == ["on_demand"]


def test_a_node_is_drained_in_order_even_where_nothing_replaces_it(deadline):
    PoolFactory()
    node = node_in()
    interrupt(node, deadline)
    assert Switch.objects.get().candidates == []


def test_a_paused_cluster_still_answers(pools, deadline):
    node = node_in(ClusterFactory(policy__paused_at=timezone.now()))
    interrupt(node, deadline)
    assert Switch.objects.filter(old_instance=node).exists()


def test_a_young_node_of_a_group_at_its_minimum_is_answered_too(pools, deadline):
    cluster = ClusterFactory()
    group = NodeGroupFactory(cluster=cluster, min_size=3, desired=3)
    node = node_in(cluster, group=group, launched_at=timezone.now())
    interrupt(node, deadline)
    assert Switch.objects.filter(old_instance=node).exists()


@pytest.mark.parametrize(("mode", "word"), [("observe", "observe"), ("dry_run", "dry run")])
def test_a_cluster_that_only_watches_is_told_what_would_have_been_done(pools, deadline, mode, word):
    node = node_in(ClusterFactory(policy__mode=mode))
    interrupt(node, deadline)
    assert not Switch.objects.exists()
    notice = Notification.objects.get()
    assert (notice.instance, notice.cluster) == (node, node.cluster)
    assert f"The cluster is in {word}, so nothing is done." in notice.text


def test_karpenters_nodes_are_karpenters(pools, deadline):
    interrupt(node_in(managed_by=ManagedBy.KARPENTER), deadline)
    assert not Switch.objects.exists()


def test_an_instance_of_no_cluster_is_only_remembered(pools, deadline):
    interrupt(LooseInstanceFactory(), deadline)
    assert not Switch.objects.exists()
    assert PoolEvent.objects.get().kind == PoolEvent.Kind.INTERRUPTION


def test_a_voluntary_switch_under_way_is_told_to_hurry(pools, deadline):
    node = node_in()
    SwitchFactory(cluster=node.cluster, old_instance=node)
    interrupt(node, deadline)
    switch = Switch.objects.get(old_instance=node)
    assert (switch.kind, switch.deadline_at) == (DisruptionKind.INTERRUPTION, deadline)


def test_the_run_is_written_down(pools, deadline):
    node = node_in()
    interrupt(node, deadline)
    run = PipelineRun.objects.get()
    assert (run.trigger, run.scanned, run.final_selection, run.moves) == (Trigger.INTERRUPTION, 6, 5, 1)
    assert run.decisions[0]["switch"] == str(Switch.objects.get().pk)
    assert run.decisions[0]["sentences"][0].startswith(f"AWS takes it at {deadline:%H:%M:%S} UTC.")


def test_an_interruption_raises_the_pools_risk(pools, deadline):
    node = node_in()
    interrupt(node, deadline)
    pool = Pool.objects.get(zone=node.zone, instance_type=node.instance_type, lifecycle="spot")
    assert pool.risk_source == "advisor range 1, 1 event"


def test_a_recommendation_is_evidence_and_no_order(pools):
    node = node_in(ClusterFactory(decided_at=timezone.now()))
    rebalance_recommended.send(None, instance=node)
    assert not Switch.objects.exists()
    assert PoolEvent.objects.get().kind == PoolEvent.Kind.REBALANCE
    assert Cluster.objects.get().decided_at is None


@pytest.mark.parametrize(("rebalance", "events"), [("ignore", 0), ("weigh", 1), ("act", 1)])
def test_the_policy_says_how_far_a_recommendation_goes(pools, rebalance, events):
    node = node_in(ClusterFactory(policy__rebalance=rebalance, decided_at=timezone.now()))
    rebalance_recommended.send(None, instance=node)
    assert PoolEvent.objects.count() == events
    assert (Cluster.objects.get().decided_at is None) is (events == 1)


def test_in_a_storm_the_replacement_is_on_demand(pools, deadline):
    cluster = ClusterFactory()
    node = node_in(cluster)
    for _ in range(4):
        SpotInstanceFactory(cluster=cluster)
    SpotInstanceFactory(cluster=cluster, interruption_at=deadline)
    node.interruption_at = deadline
    node.save()
    interrupt(node, deadline)
    assert candidates_of(Switch.objects.get(old_instance=node))[0].lifecycle == "on_demand"
    assert Cluster.objects.get().on_demand_share_pct == 30


def test_of_many_nodes_taken_at_once_only_as_many_become_on_demand_as_the_storm_asks_for(pools, deadline):
    cluster = ClusterFactory()
    node_in(cluster)
    for _ in range(9):
        SpotInstanceFactory(cluster=cluster)
    taken = list(cluster.instances.all()[:6])
    cluster.instances.filter(pk__in=[node.pk for node in taken]).update(interruption_at=deadline)
    for node in taken:
        node.refresh_from_db()
        interrupt(node, deadline)
    first = [candidates_of(switch)[0].lifecycle for switch in Switch.objects.all()]
    assert sorted(first) == ["on_demand"] * 3 + ["spot"] * 3


def test_a_pool_without_capacity_is_set_aside_for_three_minutes(pools):
    switch = SwitchFactory()
    pool_without_capacity.send(None, switch=switch, pool_id=switch.to_pool_id)
    pool = Pool.objects.get(pk=switch.to_pool_id)
    left = pool.set_aside_until - timezone.now()
    assert timedelta(minutes=2, seconds=50) < left <= timedelta(minutes=3)
    assert PoolEvent.objects.get(pool=pool).kind == PoolEvent.Kind.NO_CAPACITY


def test_a_pool_that_is_set_aside_is_no_candidate(pools, deadline):
    Pool.objects.filter(zone="us-east-1b").update(set_aside_until=deadline)
    Pool.objects.filter(zone="us-east-1c").update(price_hourly_usd=Decimal("0.02"))
    interrupt(node_in(), deadline)
    assert "us-east-1b" not in {pool.zone for pool in candidates_of(Switch.objects.get())}


def test_answered_in_a_fixed_number_of_queries(pools, deadline, django_assert_max_num_queries):
    node = node_in()
    for _ in range(20):
        SpotInstanceFactory(cluster=node.cluster)
    with django_assert_max_num_queries(29):
        interrupt(node, deadline)
