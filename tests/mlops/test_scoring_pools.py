"""Pools get their risk from what the platform saw of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Pool, PoolEvent
from apps.mlops.services.risk import score_pool, score_pools
from tests.factories import (
    InstanceTypeFactory,
    OnDemandPoolFactory,
    PoolEventFactory,
    PoolFactory,
    SpotInstanceFactory,
)

pytestmark = pytest.mark.django_db


def test_every_pool_of_the_region_gets_a_risk_with_its_source():
    calm, shaky, unlisted = (
        PoolFactory(zone=f"us-east-1{z}", advisor_bucket=b) for z, b in zip("abc", (0, 4, None), strict=True)
    )
    on_demand = OnDemandPoolFactory()
    elsewhere = PoolFactory(region="eu-west-1", zone="eu-west-1a")
    now = timezone.now()
    assert score_pools("us-east-1", now=now) == 4
    rows = Pool.objects.in_bulk()
    assert rows[calm.pk].risk_upper < rows[unlisted.pk].risk_upper < rows[shaky.pk].risk_upper
    assert rows[calm.pk].risk_source == "advisor range 0"
    assert (rows[on_demand.pk].risk_upper, rows[on_demand.pk].risk_source) == (0, "on-demand")
    assert rows[calm.pk].risk_at == now
    assert rows[elsewhere.pk].risk_upper is None


def test_an_interruption_raises_its_own_pool_only():
    hit, spared = (
        PoolFactory(zone="us-east-1a", advisor_bucket=1),
        PoolFactory(zone="us-east-1b", advisor_bucket=1),
    )
    PoolEventFactory(pool=hit)
    score_pools("us-east-1")
    hit.refresh_from_db()
    spared.refresh_from_db()
    assert hit.risk_upper > 10 * spared.risk_upper
    assert hit.risk_source == "advisor range 1, 1 event"


def test_an_old_interruption_is_forgotten():
    pool = PoolFactory(advisor_bucket=1)
    PoolEventFactory(pool=pool, at=timezone.now() - timedelta(days=3))
    score_pools("us-east-1")
    pool.refresh_from_db()
    assert pool.risk_source == "advisor range 1"


def test_nodes_that_run_undisturbed_lower_the_risk():
    used, unused = (
        PoolFactory(zone="us-east-1a", advisor_bucket=4),
        PoolFactory(zone="us-east-1b", advisor_bucket=4),
    )
    for _ in range(10):
        SpotInstanceFactory(zone="us-east-1a")
    score_pools("us-east-1")
    used.refresh_from_db()
    unused.refresh_from_db()
    assert used.risk_upper < 0.8 * unused.risk_upper


def test_one_pool_scored_alone_gets_what_all_together_give_it():
    pool = PoolFactory(advisor_bucket=2)
    SpotInstanceFactory(zone="us-east-1a", launched_at=timezone.now() - timedelta(hours=5))
    PoolEventFactory(pool=pool, kind=PoolEvent.Kind.REBALANCE)
    now = timezone.now()
    score_pool(pool, now=now)
    alone = Pool.objects.values("interruption_probability", "risk_upper", "risk_source").get()
    score_pools("us-east-1", now=now)
    assert Pool.objects.values("interruption_probability", "risk_upper", "risk_source").get() == alone


def test_statements_do_not_grow_with_the_region(django_assert_num_queries):
    for size in range(40):
        pool = PoolFactory(
            instance_type=InstanceTypeFactory(name=f"m6i.{size}large"), advisor_bucket=size % 5
        )
        if size % 2:
            PoolEventFactory(pool=pool)
    # events, instances, pools, those with a history, on-demand, six ranges
    with django_assert_num_queries(11):
        score_pools("us-east-1")
