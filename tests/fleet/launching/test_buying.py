"""From pods that wait to a Ready node that carries them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Instance, Launch
from apps.fleet.services import ledger
from apps.fleet.services.launching import PlannedNode, begin_launches
from apps.fleet.signals import launch_finished
from apps.fleet.statuses import InstanceState, LaunchState, Lifecycle, ManagedBy
from tests.world.tenant import eventually

from .conftest import REASON, Buyer

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("P3.1")
def test_a_node_is_bought_where_the_plan_says_and_the_scheduler_places_its_pods(buyer: Buyer) -> None:
    pods, chosen = buyer.waiting(), buyer.pools()[1]

    launch = buyer.finish(buyer.begin(pods, [chosen, *buyer.pools()]))

    assert buyer.seen == ["joining", "ready"]
    assert launch.pool == chosen
    assert buyer.bought == {launch.instance.ec2_id}
    assert launch.detail == f"{launch.instance.node_name} is Ready; the scheduler places 2 pods"
    eventually("they run", lambda: buyer.tenant.ready("web") == 2)
    assert buyer.tenant.pods_on(launch.instance.node_name) == {pod.name for pod in pods}


def test_the_instance_is_ours_from_the_first_second_and_stays_for_its_cool_down(buyer: Buyer) -> None:
    launch = buyer.reach(buyer.begin(buyer.waiting()), LaunchState.JOINING)
    row = launch.instance
    assert (row.managed_by, row.state, row.cluster) == (
        ManagedBy.ATHARVA,
        InstanceState.PENDING,
        buyer.tenant.cluster,
    )
    assert row.tags["atharva.ai/launch"] == str(launch.pk)

    launch = buyer.finish(launch)
    buyer.tenant.discover()

    row = Instance.objects.get(pk=row.pk)
    assert row.managed_by == ManagedBy.ATHARVA
    assert row.tags["atharva.ai/launch"] == str(launch.pk)
    assert timezone.now() - row.moved_at < timedelta(minutes=1)


def test_its_hours_are_in_the_ledger_beside_the_on_demand_price(buyer: Buyer) -> None:
    launch = buyer.finish(buyer.begin(buyer.waiting()))

    ledger.accrue(now=timezone.now() + timedelta(hours=1))

    entries = buyer.tenant.cluster.costs.filter(instance=launch.instance.ec2_id)
    hours = sum(entry.seconds for entry in entries) / 3600
    assert hours == pytest.approx(1, abs=0.05)
    on_demand = sum(entry.baseline_usd for entry in entries)
    assert float(on_demand) == pytest.approx(float(launch.pool.on_demand_hourly_usd) * hours, rel=0.01)


def test_whoever_planned_it_hears_of_its_end(buyer: Buyer) -> None:
    heard: list[Launch] = []

    def hear(launch: Launch, **_: object) -> None:
        heard.append(launch)

    launch_finished.connect(hear)
    try:
        launch = buyer.finish(buyer.begin(buyer.waiting()))
    finally:
        launch_finished.disconnect(hear)
    assert [(one.pk, one.state) for one in heard] == [(launch.pk, LaunchState.READY)]


def test_a_node_for_no_pod_in_particular_is_bought_whoever_waits(buyer: Buyer) -> None:
    launch = buyer.finish(buyer.begin([]))

    assert launch.state == LaunchState.READY
    assert launch.detail == f"{launch.instance.node_name} is Ready"


def test_several_nodes_begin_in_one_go_and_a_node_without_a_pool_with_none(buyer: Buyer) -> None:
    pools = buyer.pools()
    nodes = [PlannedNode([pool], []) for pool in pools]
    launches = begin_launches(buyer.tenant.cluster, plan_id=None, nodes=nodes, reason=REASON)
    assert [launch.candidates for launch in launches] == [[pool.pk] for pool in pools]

    with pytest.raises(ValueError, match="without a pool"):
        begin_launches(buyer.tenant.cluster, plan_id=None, nodes=[*nodes, PlannedNode([], [])], reason=REASON)
    assert Launch.objects.count() == len(pools)


def test_on_demand_is_bought_as_such(buyer: Buyer) -> None:
    [pool] = buyer.pools(1, lifecycle=Lifecycle.ON_DEMAND)

    launch = buyer.finish(buyer.begin(buyer.waiting(), [pool]))

    assert launch.instance.lifecycle == Lifecycle.ON_DEMAND
    assert launch.state == LaunchState.READY
