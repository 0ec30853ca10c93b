from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster
from apps.fleet.selectors.figures import clusters_with_figures, total
from apps.fleet.statuses import InstanceState
from tests.factories import (
    ClusterFactory,
    CompleteSwitchFactory,
    OnDemandInstanceFactory,
    OnDemandPoolFactory,
    PoolFactory,
    SpotInstanceFactory,
    SwitchFactory,
)

pytestmark = pytest.mark.django_db


def figures_of(cluster):
    (row,) = clusters_with_figures(Cluster.objects.filter(pk=cluster.pk), timezone.now())
    return row.figures


def test_counts_living_nodes_by_lifecycle():
    cluster = ClusterFactory()
    SpotInstanceFactory.create_batch(3, cluster=cluster)
    OnDemandInstanceFactory(cluster=cluster)
    SpotInstanceFactory(cluster=cluster, state=InstanceState.TERMINATED, terminated_at=timezone.now())
    SpotInstanceFactory()  # another cluster's
    figures = figures_of(cluster)
    assert (figures.nodes, figures.spot, figures.on_demand) == (4, 3, 1)


def test_saving_is_on_demand_less_the_price_in_force_summed_over_instances():
    cluster = ClusterFactory()
    PoolFactory(price_hourly_usd=Decimal("0.03"), on_demand_hourly_usd=Decimal("0.096"))
    OnDemandPoolFactory(price_hourly_usd=Decimal("0.096"), on_demand_hourly_usd=Decimal("0.096"))
    SpotInstanceFactory.create_batch(2, cluster=cluster)
    OnDemandInstanceFactory(cluster=cluster)
    figures = figures_of(cluster)
    assert figures.saved_hourly_usd == Decimal("0.132")
    assert figures.saved_pct == pytest.approx(100 * 0.132 / 0.288)


def test_an_instance_without_a_price_counts_as_a_node_and_saves_nothing():
    cluster = ClusterFactory()
    PoolFactory(price_hourly_usd=None)
    SpotInstanceFactory(cluster=cluster)
    figures = figures_of(cluster)
    assert (figures.nodes, figures.saved_hourly_usd, figures.saved_pct) == (1, 0, 0)


@pytest.mark.requirement("8.4")
def test_well_means_all_nodes_operational_and_no_switch_pending():
    cluster = ClusterFactory()
    SpotInstanceFactory.create_batch(2, cluster=cluster)
    CompleteSwitchFactory(cluster=cluster)
    assert figures_of(cluster).health.label == "Healthy & Optimised"


@pytest.mark.requirement("8.4")
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda cluster: SwitchFactory(cluster=cluster), "1 moving"),
        (lambda cluster: SpotInstanceFactory(cluster=cluster, node_ready=False), "1 not ready"),
        (
            lambda cluster: SpotInstanceFactory(cluster=cluster, node_name="", joined_at=None),
            "1 not ready",
        ),
        (
            lambda cluster: SpotInstanceFactory(cluster=cluster, interruption_at=timezone.now()),
            "1 interrupted",
        ),
        (lambda cluster: Cluster.objects.filter(pk=cluster.pk).update(problem="No route."), "Not reachable"),
    ],
    ids=["switch", "not ready", "never joined", "interrupted", "unreachable"],
)
def test_says_what_keeps_a_cluster_from_being_well(spoil, words):
    cluster = ClusterFactory()
    SpotInstanceFactory(cluster=cluster)
    spoil(cluster)
    assert figures_of(cluster).health.label == words


def test_a_booting_replacement_is_no_trouble():
    cluster = ClusterFactory()
    SpotInstanceFactory(cluster=cluster)
    SpotInstanceFactory(
        cluster=cluster, node_name="", joined_at=None, launched_at=timezone.now() - timedelta(minutes=1)
    )
    assert figures_of(cluster).health.label == "Healthy & Optimised"


def test_three_queries_however_many_clusters(django_assert_num_queries):
    for _ in range(3):
        SpotInstanceFactory.create_batch(3, cluster=ClusterFactory())
    with django_assert_num_queries(3):
        rows = clusters_with_figures(Cluster.objects.all(), timezone.now())
    assert total(row.figures for row in rows).nodes == 9
