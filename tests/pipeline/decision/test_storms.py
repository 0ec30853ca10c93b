"""Where AWS takes many nodes at once the on-demand share rises, and comes back once it is calm."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import AuditEvent
from apps.fleet.models import Cluster, Notification, Policy
from apps.fleet.statuses import InstanceState
from apps.pipeline.decision.storms import Weather, follow_weather, share_in_force, weather_of
from tests.factories import ClusterFactory, OnDemandInstanceFactory, SpotInstanceFactory

HOUR = timedelta(hours=1)
NOW = timezone.now()
RULES = Policy(storm_interruptions_pct=20, storm_on_demand_pct=30)
STORM, CALM = Weather(4, 20), Weather(3, 20)


@pytest.mark.parametrize(
    ("weather", "is_storm"),
    [(STORM, True), (CALM, False), (Weather(1, 2), False), (Weather(2, 10), True), (Weather(0, 0), False)],
)
def test_a_storm_is_a_share_and_more_than_one_node(weather, is_storm):
    assert weather.is_storm(RULES) is is_storm


@pytest.mark.parametrize(
    ("share", "changed", "weather", "becomes"),
    [
        (0, None, CALM, 0),
        (0, None, STORM, 30),
        (10, NOW - timedelta(minutes=1), STORM, 30),
        (30, NOW - timedelta(minutes=59), CALM, 30),
        (30, NOW - HOUR, CALM, 20),
        (5, NOW - HOUR, CALM, 0),
    ],
)
def test_the_share_rises_at_once_and_comes_back_by_ten_points_an_hour(share, changed, weather, becomes):
    assert share_in_force(share, changed, weather, RULES, NOW) == becomes


def cluster_of(spot=10, **fields):
    cluster = ClusterFactory(**fields)
    for _ in range(spot):
        SpotInstanceFactory(cluster=cluster, launched_at=NOW - 5 * HOUR)
    return Cluster.objects.select_related("policy", "client").get(pk=cluster.pk)


def interrupt(cluster, count, at=NOW):
    nodes = list(cluster.instances.filter(interruption_at=None)[:count])
    cluster.instances.filter(pk__in=[node.pk for node in nodes]).update(interruption_at=at)


@pytest.mark.django_db
def test_the_rate_counts_the_last_hour_and_no_replacement_twice(django_assert_num_queries):
    cluster = cluster_of(10)
    interrupt(cluster, 2)
    interrupt(cluster, 1, NOW - 2 * HOUR)
    cluster.instances.filter(interruption_at=NOW).update(
        state=InstanceState.TERMINATED, terminated_at=NOW - timedelta(minutes=1)
    )
    for _ in range(2):
        SpotInstanceFactory(cluster=cluster, launched_at=NOW)
    OnDemandInstanceFactory(cluster=cluster)
    with django_assert_num_queries(1):
        assert weather_of(cluster, NOW) == Weather(2, 10)


@pytest.mark.django_db
def test_a_rise_is_stored_told_and_kept_in_the_trail():
    cluster = cluster_of(10, name="prod")
    interrupt(cluster, 3)
    follow_weather(cluster, NOW)
    stored = Cluster.objects.get()
    assert (stored.on_demand_share_pct, stored.on_demand_share_at) == (30, NOW)
    event = AuditEvent.objects.get(what="on_demand_share_changed")
    assert (event.who, event.before, event.after) == (
        None,
        {"on_demand_share_pct": 0},
        {"on_demand_share_pct": 30},
    )
    assert Notification.objects.get().text == (
        "prod: 3 of 10 spot nodes were interrupted within the hour; 30 % of the nodes are to be on-demand."
    )


@pytest.mark.django_db
def test_nothing_is_written_while_nothing_changes(django_assert_num_queries):
    cluster = cluster_of(3)
    with django_assert_num_queries(1):
        follow_weather(cluster, NOW)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_the_share_comes_back_to_nothing_when_it_is_calm():
    cluster = cluster_of(10)
    interrupt(cluster, 3)
    shares = []
    for hours in range(5):
        follow_weather(cluster, NOW + hours * HOUR + timedelta(seconds=hours))
        shares.append(cluster.on_demand_share_pct)
    assert shares == [30, 20, 10, 0, 0]
    assert (
        Notification.objects.order_by("-created_at")
        .first()
        .text.endswith("the policy's own floor holds again.")
    )
