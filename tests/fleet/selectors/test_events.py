from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.selectors.events import platform_events
from apps.fleet.statuses import LaunchState
from tests.factories import InstanceTypeFactory, LaunchFactory, PoolFactory

pytestmark = pytest.mark.django_db
PODS = [{"namespace": "default", "name": f"web-{n}", "uid": f"uid-{n}"} for n in range(12)]


@pytest.mark.requirement("2.7")
def test_a_node_that_was_bought_is_told_with_its_pool_and_its_pods():
    pool = PoolFactory(instance_type=InstanceTypeFactory(name="m5.large"), zone="us-east-1a")
    launch = LaunchFactory(ready=True, pool=pool, pods=PODS)
    [event] = platform_events()
    assert (event.label, event.text) == ("Bought", "m5.large in us-east-1a for 12 pods")
    assert event.instance == launch.instance.ec2_id
    assert event.context == f"{launch.cluster.client.name}, {launch.cluster.name}"


def test_one_for_a_single_pod_and_one_for_none_are_told_as_such():
    LaunchFactory(ready=True, pods=PODS[:1], created_at=timezone.now() - timedelta(minutes=1))
    LaunchFactory(ready=True, pods=[])
    assert [event.text.partition(" for ")[2] for event in platform_events()] == ["room to spare", "1 pod"]


def test_a_launch_that_failed_is_told_and_one_that_was_called_off_is_not():
    now = timezone.now()
    LaunchFactory(state=LaunchState.FAILED, error="No capacity in any of 3 pools", finished_at=now)
    LaunchFactory(state=LaunchState.CANCELLED, finished_at=now)
    LaunchFactory()
    [event] = platform_events()
    assert (event.label, event.text) == ("Not bought", "No capacity in any of 3 pools")


def test_four_queries_however_many_events(django_assert_num_queries):
    LaunchFactory.create_batch(3, ready=True)
    with django_assert_num_queries(4):
        platform_events()
