"""A cluster decided from its rows: what is begun, what is only written down, and in how many queries."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster, DisruptionBudget, Estimate, Instance, Pool, Switch
from apps.fleet.statuses import ManagedBy
from apps.pipeline.decision.service import consider, decide
from apps.pipeline.errors import AlreadyRunning
from apps.pipeline.models import PipelineRun, Scrape, Source, Trigger
from tests.factories import (
    ClusterFactory,
    InstanceTypeFactory,
    NodeGroupFactory,
    NodeTemplateFactory,
    OnDemandPoolFactory,
    PoolFactory,
    SpotInstanceFactory,
    SwitchFactory,
)

pytestmark = pytest.mark.django_db

FAMILIES = ("m5", "m5a", "m5d", "m5n", "m6a", "m6d", "m6i", "m7a", "m7i", "r5")


@pytest.fixture
def market():
    """Thirty spot pools; the one that nodes are in, m6i.large in zone a, is the dearest."""
    for family in FAMILIES:
        described = InstanceTypeFactory(name=f"{family}.large")
        OnDemandPoolFactory(instance_type=described)
        for zone in "abc":
            own = (family, zone) == ("m6i", "a")
            PoolFactory(
                instance_type=described,
                zone=f"us-east-1{zone}",
                price_hourly_usd=Decimal("0.06") if own else Decimal("0.03"),
                interruption_probability=0.0002,
                risk_upper=0.0004,
            )


def cluster_with(nodes=1, **policy):
    cluster = ClusterFactory(**{f"policy__{name}": value for name, value in policy.items()})
    NodeTemplateFactory(cluster=cluster)
    for _ in range(nodes):
        SpotInstanceFactory(cluster=cluster)
    return cluster


def said_of(run, node):
    return next(said for said in run.decisions if said["instance"] == node.ec2_id)


def test_a_cluster_that_is_observed_gets_a_funnel_and_no_switch(market):
    run = decide(cluster_with(mode="observe").pk)
    assert (run.scanned, run.static_filters, run.ml_prediction) == (30, 30, 30)
    assert run.mode == "observe"
    assert not Switch.objects.exists()


def test_pools_are_counted_out_by_reason(market):
    run = decide(cluster_with(families=["m5", "m6i"], min_generation=6).pk)
    assert run.rejections["static_filters"] == {"family": 24, "generation": 3}
    assert (run.scanned, run.static_filters) == (30, 3)


def test_a_risky_pool_falls_out_at_the_second_stage(market):
    run = decide(cluster_with(risk_ceiling=0.0001).pk)
    assert run.ml_prediction == 0
    assert run.rejections["ml_prediction"] == {"too_risky": 30}


def test_a_cluster_without_template_has_no_pool(market):
    run = decide(ClusterFactory().pk)
    assert run.rejections["static_filters"] == {"no_template": 30}


def test_karpenters_nodes_are_left_alone(market):
    cluster = cluster_with(0)
    node = SpotInstanceFactory(cluster=cluster, managed_by=ManagedBy.KARPENTER)
    assert said_of(decide(cluster.pk), node)["reasons"] == ["karpenter"]


def test_a_group_at_its_minimum_is_named(market):
    cluster = cluster_with(0)
    group = NodeGroupFactory(cluster=cluster, name="workers", min_size=3, desired=3)
    node = SpotInstanceFactory(cluster=cluster, group=group)
    said = said_of(decide(cluster.pk), node)
    assert said["sentences"] == ["Auto Scaling group workers would fall to 2; its minimum is 3."]


def test_a_clusters_own_budget_keeps_its_nodes(market):
    cluster = cluster_with(1)
    DisruptionBudget.objects.create(cluster=cluster, name="never", max_nodes=0)
    node = Instance.objects.get(cluster=cluster)
    said = said_of(decide(cluster.pk), node)
    assert said["sentences"] == ["0 nodes are moving, going or not ready; budget never allows 0."]


def test_a_switch_under_way_uses_up_the_budget(market):
    cluster = cluster_with(1)
    SwitchFactory(cluster=cluster)
    waiting = Instance.objects.filter(cluster=cluster, departures=None).get()
    assert said_of(decide(cluster.pk), waiting)["reasons"] == ["budget"]


def test_a_cluster_that_does_not_answer_is_one_sentence_in_the_run(market):
    run = decide(cluster_with(3).pk)
    assert run.problem
    assert run.moves == 0
    assert not Switch.objects.exists()


def test_considering_writes_nothing(market):
    cluster = cluster_with(2)
    before = Cluster.objects.values().get()
    consider(Cluster.objects.select_related("policy").get(pk=cluster.pk), now=timezone.now())
    assert Cluster.objects.values().get() == before
    assert not PipelineRun.objects.exists()


def test_queries_do_not_grow_with_the_cluster(market, django_assert_num_queries):
    small, large = cluster_with(1, mode="observe"), cluster_with(30, mode="observe")
    for cluster in (small, large):
        with django_assert_num_queries(24):  # the last four keep the hour's snapshot
            decide(cluster.pk, trigger=Trigger.SCHEDULE)
        with django_assert_num_queries(21):  # and one sees that it is there
            decide(cluster.pk, trigger=Trigger.SCHEDULE)


def test_each_entry_carries_the_scores_that_decided_and_what_came_next(market):
    cluster = cluster_with(1)
    node = Instance.objects.get(cluster=cluster)
    said = said_of(decide(cluster.pk), node)
    stay = said["scores"]["stay"]
    assert (stay["pool"], stay["price_hourly_usd"], stay["risk"]) == (
        "m6i.large us-east-1a spot",
        "0.060000",
        0.0004,
    )
    assert set(stay["score"]) == {"cost", "stability", "performance", "capacity", "total"}
    assert len(said["alternatives"]) == 5
    assert all(other["reason"] and other["sentence"] for other in said["alternatives"])


def test_old_prices_hold_moves_for_money_and_say_how_old_they_are(market):
    Scrape.objects.create(
        source=Source.SPOT_PRICES, region="us-east-1", succeeded_at=timezone.now() - timedelta(minutes=20)
    )
    cluster = cluster_with(2)
    run = decide(cluster.pk)
    for said in run.decisions:
        assert said["reasons"] == ["stale_market"]
        assert said["sentences"] == [
            "Spot prices of us-east-1 are 20 min old; at most 16 min is fine."
            " Nothing is moved for money until prices are read again."
        ]


def test_old_prices_do_not_keep_a_node_from_fleeing_its_risk(market):
    Scrape.objects.create(
        source=Source.SPOT_PRICES, region="us-east-1", succeeded_at=timezone.now() - timedelta(hours=1)
    )
    Pool.objects.filter(instance_type="m6i.large", zone="us-east-1a", lifecycle="spot").update(risk_upper=0.2)
    cluster = cluster_with(1)
    node = Instance.objects.get(cluster=cluster)
    assert said_of(decide(cluster.pk), node)["reasons"] != ["stale_market"]


@pytest.mark.django_db(transaction=True)
def test_a_cluster_is_decided_by_one_worker_at_a_time(another_worker):
    cluster = cluster_with(0)
    with another_worker(f"decision on cluster {cluster.pk}"), pytest.raises(AlreadyRunning):
        decide(cluster.pk)
    assert decide(cluster.pk).cluster == cluster


@pytest.mark.parametrize("mode", ["observe", "dry_run"])
def test_a_cluster_that_is_not_active_has_an_estimate_that_each_decision_renews(market, mode):
    cluster = cluster_with(nodes=4, mode=mode, max_pool_share_pct=100)
    for _ in range(2):
        decide(cluster.pk)
    found = Estimate.objects.get(cluster=cluster)
    assert (found.nodes, found.movable) == (4, 4)
    assert (found.now_hourly_usd, found.then_hourly_usd) == (Decimal("0.24"), Decimal("0.12"))
    assert {move["instance"] for move in found.moves} == {i.ec2_id for i in cluster.instances.all()}
    assert not Switch.objects.exists()


def test_an_active_cluster_is_moved_and_not_estimated(market):
    decide(cluster_with(mode="active").pk)
    assert not Estimate.objects.exists()
