"""A changed policy is shown on the hours of the last day before it is saved."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster, Pool
from apps.pipeline.decision.gathering import gather
from apps.pipeline.decision.preview import preview
from apps.pipeline.decision.snapshots import forget_snapshots, keep_snapshot, snapshots_of, unpacked
from apps.pipeline.models import DecisionSnapshot
from tests.factories import (
    ClusterFactory,
    InstanceTypeFactory,
    NodeTemplateFactory,
    OnDemandPoolFactory,
    PoolFactory,
    SpotInstanceFactory,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def cluster():
    """Ten nodes in the dearest of thirty pools."""
    for number in range(10):
        described = InstanceTypeFactory(name=f"m{5 + number // 5}{'adin'[number % 4]}{number}.large")
        OnDemandPoolFactory(instance_type=described)
        for zone in "abc":
            PoolFactory(instance_type=described, zone=f"us-east-1{zone}", risk_upper=0.0004)
    PoolFactory(price_hourly_usd=Decimal("0.06"), risk_upper=0.0004)
    made = ClusterFactory()
    NodeTemplateFactory(cluster=made)
    for _ in range(10):
        SpotInstanceFactory(cluster=made, launched_at=timezone.now() - timedelta(days=3))
    return Cluster.objects.select_related("policy").get(pk=made.pk)


def snapshots(cluster, hours):
    """A snapshot of each of the last hours, all of the same scene."""
    now = timezone.now()
    for ago in range(hours):
        keep_snapshot(cluster, gather(cluster, now), now - ago * HOUR)


def test_an_hour_has_one_snapshot(cluster, django_assert_num_queries):
    now = timezone.now()
    scene = gather(cluster, now)
    keep_snapshot(cluster, scene, now)
    with django_assert_num_queries(1):
        keep_snapshot(cluster, scene, now)
    assert DecisionSnapshot.objects.count() == 1


def test_a_snapshot_brings_the_scene_back(cluster):
    now = timezone.now()
    scene = gather(cluster, now)
    keep_snapshot(cluster, scene, now)
    found = unpacked(snapshots_of(cluster, since=now - HOUR).get()).scene
    assert (found.nodes, found.policy, found.site, found.tempo) == (
        scene.nodes,
        scene.policy,
        scene.site,
        scene.tempo,
    )
    assert {pool.id for pool in found.pools} == {pool.id for pool in scene.pools}
    assert found.held == dict(scene.held)


def test_pools_that_nobody_would_choose_are_left_out(cluster):
    dear = PoolFactory(zone="us-east-1b", price_hourly_usd=Decimal(2))
    no_subnet = PoolFactory(zone="us-east-1f")
    snapshots(cluster, 1)
    kept = {pool.id for pool in unpacked(DecisionSnapshot.objects.get()).scene.pools}
    assert kept
    assert not kept & {dear.pk, no_subnet.pk}


def test_old_ones_are_forgotten(cluster):
    snapshots(cluster, 50)
    assert forget_snapshots(timezone.now()) == 2


def test_nothing_changed_changes_nothing(cluster):
    snapshots(cluster, 5)
    seen = preview(cluster, {})
    assert (seen.runs, seen.nodes) == (5, 10)
    assert (seen.moves_before, seen.saving_before) == (seen.moves_after, seen.saving_after)
    assert seen.stays_before == seen.stays_after


def test_moves_and_stays_add_up_to_the_nodes(cluster):
    snapshots(cluster, 5)
    seen = preview(cluster, {"max_moving_pct": 20})
    assert (seen.moves_before, seen.moves_after) == (5, 10)
    assert (seen.saving_before, seen.saving_after) == (Decimal("0.15"), Decimal("0.30"))
    assert seen.moves_before + sum(seen.stays_before.values()) == 10
    assert seen.stays_after == {}


def test_a_stricter_rule_keeps_nodes_and_says_for_which_reason(cluster):
    snapshots(cluster, 3)
    seen = preview(cluster, {"min_saving_pct": Decimal(60)})
    assert (seen.moves_after, seen.saving_after) == (0, Decimal())
    assert seen.stays_after == {"saving_too_small": 10}


def test_other_weights_are_weighed_for_the_nodes_own_pool_too(cluster):
    Pool.objects.filter(price_hourly_usd=Decimal("0.03")).update(risk_upper=0.04)
    snapshots(cluster, 2)
    weights = {"weight_cost": Decimal(0), "weight_stability": Decimal(1)}
    seen = preview(cluster, {**weights, "weight_performance": Decimal(0), "weight_capacity": Decimal(0)})
    assert seen.moves_after == 0


def test_the_policy_itself_is_not_touched(cluster):
    snapshots(cluster, 1)
    preview(cluster, {"max_moving_pct": 100})
    assert cluster.policy.max_moving_pct == 10
    cluster.policy.refresh_from_db()
    assert cluster.policy.max_moving_pct == 10


def test_without_a_snapshot_there_is_nothing_to_show(cluster, django_assert_num_queries):
    with django_assert_num_queries(1):
        seen = preview(cluster, {})
    assert (seen.runs, seen.moves_before, seen.moves_after) == (0, 0, 0)
