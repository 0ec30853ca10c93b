"""What a cluster's containers use, seen through its metrics API and written down."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Instance
from apps.pipeline.models import WorkloadUsage
from apps.pipeline.rightsizing.sampling import sample
from apps.pipeline.rightsizing.selectors import rightsized, usage_of
from deploy.sandbox.seed.world import NodeSet
from tests.world.tenant import Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def built(tenant: Callable[[], Tenant]) -> Tenant:
    made = tenant().build(NodeSet("m5.large", "us-east-1a", 2))
    made.deployment("api", replicas=3, cpu="500m")
    return made


def api_of(tenant: Tenant) -> WorkloadUsage:
    return WorkloadUsage.objects.get(cluster=tenant.cluster, name="api")


@pytest.mark.requirement("P2.8")
def test_a_look_finds_each_workload_with_what_it_asks_for_and_costs(built: Tenant) -> None:
    sampled = sample(built.cluster, now=timezone.now())
    row = api_of(built)
    assert sampled.workloads is not None and sampled.containers >= 3
    assert (row.kind, row.container, row.replicas) == ("Deployment", "main", 3)
    assert (row.requests_cpu_milli, row.requests_memory_mib) == (500, 64)
    assert row.hourly_usd > 0
    assert row.advice == {}  # one look says nothing yet


def test_many_looks_become_advice_that_saves(built: Tenant) -> None:
    begun = timezone.now() - timedelta(days=2)
    for number in range(40):
        sample(built.cluster, now=begun + number * timedelta(hours=1))
    row = api_of(built)
    assert row.samples == 40
    assert row.advice["cpu_milli"] < 500
    assert row.saving_hourly_usd > 0
    mine = WorkloadUsage.objects.filter(cluster=built.cluster)
    assert usage_of(mine, advised=True)[0] == row
    assert rightsized(mine).saving_monthly_usd > 0


def test_looks_cost_a_fixed_number_of_queries(
    built: Tenant, django_assert_num_queries: Callable[[int], object]
) -> None:
    sample(built.cluster, now=timezone.now())
    with django_assert_num_queries(4):  # type: ignore[attr-defined]  # a context manager
        sample(built.cluster, now=timezone.now())


def test_a_workload_that_is_long_gone_is_forgotten(built: Tenant) -> None:
    sample(built.cluster, now=timezone.now())
    WorkloadUsage.objects.filter(cluster=built.cluster).update(
        name="gone", last_at=timezone.now() - timedelta(days=8)
    )
    sample(built.cluster, now=timezone.now())
    assert not WorkloadUsage.objects.filter(name="gone").exists()


def test_a_cluster_whose_nodes_have_no_price_is_still_watched(built: Tenant) -> None:
    Instance.objects.filter(cluster=built.cluster).update(zone="nowhere")
    sample(built.cluster, now=timezone.now())
    assert api_of(built).hourly_usd == 0
