"""What the platform depends on goes away for a while, in the middle of a switch."""

import redis
from django.conf import settings

from apps.fleet.models import Cluster
from apps.fleet.statuses import SwitchState
from tests.world.processes import kill_a_database_backend
from tests.world.tenant import eventually

from .conftest import Site


def test_valkey_flushed(site: Site) -> None:
    node = site.tenant.nodes()[0]
    site.tenant.deployment("web", replicas=3, on=node.name, min_available=2)
    switch = site.wait(site.suggest(), SwitchState.PREPARING)

    redis.Redis.from_url(settings.REDIS_URL).flushall()

    assert site.finish(switch).state == SwitchState.COMPLETE
    site.assert_consistent(deployments={"web": 3})


def test_postgresql_restarted(site: Site) -> None:
    node = site.tenant.nodes()[0]
    site.tenant.deployment("web", replicas=3, on=node.name, min_available=2)
    switch = site.wait(site.suggest(), SwitchState.SWITCHING)

    kill_a_database_backend()

    assert site.finish(switch).state == SwitchState.COMPLETE
    site.assert_consistent(deployments={"web": 3})


def test_kubernetes_api_down_for_thirty_seconds(site: Site) -> None:
    node = site.tenant.nodes()[0]
    site.tenant.deployment("web", replicas=3, on=node.name, min_available=2)
    switch = site.wait(site.suggest(), SwitchState.SWITCHING)

    site.tenant.kube.order(f"clusters/{site.tenant.name}/outage", seconds=30)
    eventually(
        "the page says why",
        lambda: "does not answer" in Cluster.objects.get(pk=switch.cluster_id).problem,
        seconds=25,
    )

    assert site.finish(switch).state == SwitchState.COMPLETE
    site.assert_consistent(deployments={"web": 3})
    eventually("the trouble is taken back", lambda: not Cluster.objects.get(pk=switch.cluster_id).problem)


def test_watch_answered_410(site: Site) -> None:
    cluster = site.tenant.cluster
    eventually("the watch runs", lambda: Cluster.objects.get(pk=cluster.pk).watched_at)

    site.tenant.kube.order(f"clusters/{site.tenant.name}/compact")

    switch = site.finish(site.suggest())
    assert switch.state == SwitchState.COMPLETE
    assert switch.new_instance.joined_at
    site.assert_consistent(deployments={})


def test_ec2_throttled_for_ten_seconds(site: Site) -> None:
    for api in ("CreateFleet", "DescribeInstances", "TerminateInstances"):
        site.tenant.aws.order("throttle", api=api, per_second=0.5, burst=1, seconds=10)

    assert site.finish(site.suggest()).state == SwitchState.COMPLETE
    site.assert_consistent(deployments={})


def test_the_first_three_pools_dry(site: Site) -> None:
    node = site.tenant.nodes()[0]
    pools = site.driver.cheaper_pools(node)
    for pool in pools[:3]:
        site.tenant.aws.order("exhaust", instance_type=pool.instance_type_id, zone=pool.zone, minutes=5)

    switch = site.finish(site.driver.suggest(node, to=pools))

    assert (switch.state, switch.to_pool_id) == (SwitchState.COMPLETE, pools[3].pk)
    site.assert_consistent(deployments={})
