from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.selectors.topology import topology_of
from apps.fleet.statuses import DisruptionKind, SwitchState
from tests.factories import (
    ClusterFactory,
    CompleteSwitchFactory,
    InstanceFactory,
    OnDemandInstanceFactory,
    SpotInstanceFactory,
    SwitchFactory,
    SwitchStepFactory,
)

pytestmark = pytest.mark.django_db


def topology(cluster):
    return topology_of(cluster.client, timezone.now())


@pytest.mark.requirement("8.1")
def test_shows_each_cluster_of_the_tenant_and_no_other():
    cluster = ClusterFactory(name="prod")
    ClusterFactory(name="dev", account=cluster.account)
    SpotInstanceFactory.create_batch(2, cluster=cluster)
    SpotInstanceFactory()
    assert [(c.row.name, c.row.figures.nodes) for c in topology(cluster).clusters] == [
        ("prod", 2),
        ("dev", 0),
    ]


@pytest.mark.requirement("8.4")
def test_a_cell_says_what_its_node_is_at():
    cluster = ClusterFactory()
    now = timezone.now()
    switch = SwitchFactory(cluster=cluster, new_instance=SpotInstanceFactory(cluster=cluster))
    expected = {
        switch.old_instance.ec2_id: "moving",
        switch.new_instance.ec2_id: "new",
        SpotInstanceFactory(cluster=cluster, interruption_at=now).ec2_id: "critical",
        SpotInstanceFactory(cluster=cluster, rebalance_at=now).ec2_id: "risk",
        SpotInstanceFactory(cluster=cluster, node_ready=False).ec2_id: "risk",
        OnDemandInstanceFactory(cluster=cluster).ec2_id: "ok",
    }
    (seen,) = topology(cluster).clusters
    assert {cell.instance_id: cell.state for cell in seen.cells} == expected
    assert "on-demand" in seen.cells[-1].title


@pytest.mark.requirement("8.7")
def test_a_suggested_switch_names_where_it_goes():
    switch = SwitchFactory()
    (lane,) = topology(switch.cluster).clusters[0].lanes
    assert lane.old.instance_id == switch.old_instance.ec2_id
    assert lane.new is None
    assert lane.new_text == "m5.large 1b"
    assert lane.saving_hourly_usd == switch.saving_promised_hourly_usd


@pytest.mark.requirement("8.10")
def test_switches_of_one_cluster_are_lanes_side_by_side():
    cluster = ClusterFactory()
    SwitchFactory.create_batch(2, cluster=cluster)
    assert len(topology(cluster).clusters[0].lanes) == 2


@pytest.mark.requirement("8.9")
def test_a_switch_that_just_ended_is_still_a_lane_and_listed():
    now = timezone.now()
    switch = CompleteSwitchFactory(finished_at=now - timedelta(seconds=5))
    before = CompleteSwitchFactory(cluster=switch.cluster, finished_at=now - timedelta(minutes=5))
    CompleteSwitchFactory(cluster=switch.cluster, finished_at=now - timedelta(hours=2))
    seen = topology(switch.cluster)
    assert [(lane.switch_id, lane.finished) for lane in seen.clusters[0].lanes] == [(switch.pk, True)]
    assert [row.switch_id for row in seen.finished] == [switch.pk, before.pk]
    assert (seen.ended_last_hour, seen.clusters[0].moved_last_day) == (2, 3)


def test_an_interrupted_node_shows_its_deadline_until_it_is_over():
    deadline = timezone.now() + timedelta(seconds=90)
    switch = SwitchFactory(
        kind=DisruptionKind.INTERRUPTION, deadline_at=deadline, state=SwitchState.PREPARING, to_pool=None
    )
    (lane,) = topology(switch.cluster).clusters[0].lanes
    assert (lane.tone, lane.deadline_at, lane.new_text) == ("critical", deadline, "choosing a pool")


def test_steps_to_come_show_the_median_of_the_tenants_own_switches():
    switch = SwitchFactory(state=SwitchState.PREPARING)
    for minutes in (1, 3, 30):
        began = timezone.now() - timedelta(hours=3)
        past = CompleteSwitchFactory(
            cluster=switch.cluster, finished_at=began + timedelta(minutes=minutes, seconds=10)
        )
        SwitchStepFactory(switch=past, state=SwitchState.SWITCHING, entered_at=began)
        SwitchStepFactory(
            switch=past, state=SwitchState.COMPLETE, entered_at=began + timedelta(minutes=minutes)
        )
    (lane,) = topology(switch.cluster).clusters[0].lanes
    assert [step.time_text for step in lane.steps[1:]] == ["~3 min", "", "~10 s"]


def test_nine_queries_however_large_the_fleet(django_assert_num_queries):
    cluster = ClusterFactory()
    InstanceFactory.create_batch(5, cluster=cluster, lifecycle="spot")
    SwitchFactory.create_batch(2, cluster=cluster)
    CompleteSwitchFactory.create_batch(2, cluster=ClusterFactory(account=cluster.account))
    client, now = cluster.client, timezone.now()
    with django_assert_num_queries(9):
        topology_of(client, now)
