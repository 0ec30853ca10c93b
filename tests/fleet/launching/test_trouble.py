"""Pools run dry, calls are throttled, instances are taken or never join: the next try, or a named end."""

import pytest
from django.utils import timezone

from apps.fleet.models import Instance, Launch, NodeTemplate, Policy, PoolEvent
from apps.fleet.services.launching import advance
from apps.fleet.statuses import LaunchState, Lifecycle

from .conftest import Buyer

pytestmark = pytest.mark.django_db


def test_with_the_plans_pool_dry_another_that_holds_the_same_pods_is_taken(buyer: Buyer) -> None:
    pools = buyer.pools(3)
    dry = {"instance_type": pools[0].instance_type_id, "zone": pools[0].zone, "minutes": 5}
    buyer.tenant.aws.order("exhaust", **dry)
    try:
        launch = buyer.finish(buyer.begin(buyer.waiting(), pools))
    finally:
        buyer.tenant.aws.order("reset")

    assert launch.state == LaunchState.READY
    assert launch.pool in pools[1:]
    assert launch.attempt == 1
    assert buyer.bought == {launch.instance.ec2_id}
    assert list(PoolEvent.objects.values_list("pool_id", "kind")) == [(pools[0].pk, "no_capacity")]
    pools[0].refresh_from_db()
    assert pools[0].set_aside_until > timezone.now()


def test_on_demand_is_the_last_resort(buyer: Buyer) -> None:
    spot, [on_demand] = buyer.pools(2), buyer.pools(1, lifecycle=Lifecycle.ON_DEMAND)
    buyer.tenant.aws.order("exhaust", lifecycle="spot", minutes=5)
    try:
        launch = buyer.finish(buyer.begin(buyer.waiting(), [*spot, on_demand]))
    finally:
        buyer.tenant.aws.order("reset")

    assert launch.pool == on_demand
    assert launch.attempt == 2


def test_with_every_pool_dry_it_fails_by_that_name_and_leaves_nothing(buyer: Buyer) -> None:
    pools = buyer.pools(3)
    buyer.tenant.aws.order("exhaust", lifecycle="spot", minutes=5)
    try:
        launch = buyer.finish(buyer.begin(buyer.waiting(), pools))
    finally:
        buyer.tenant.aws.order("reset")

    assert (launch.state, launch.error) == ("failed", "No capacity in any of 3 pools")
    assert launch.instance is None
    assert not buyer.bought


def test_throttling_is_waited_out(buyer: Buyer) -> None:
    buyer.tenant.aws.order("throttle", api="CreateFleet", per_second=0.5, burst=0, seconds=4)
    try:
        launch = buyer.finish(buyer.begin(buyer.waiting()))
    finally:
        buyer.tenant.aws.order("reset")

    assert launch.state == LaunchState.READY
    assert buyer.bought == {launch.instance.ec2_id}


def test_a_template_that_aws_refuses_ends_it_with_its_words(buyer: Buyer) -> None:
    NodeTemplate.objects.update(image_id="ami-00000000000000000", launch_template_id="", fingerprint="")

    launch = buyer.finish(buyer.begin(buyer.waiting()))

    assert launch.state == LaunchState.FAILED
    assert "ami-00000000000000000" in launch.error


def test_an_instance_that_never_joins_fails_it_at_the_limit(buyer: Buyer) -> None:
    NodeTemplate.objects.update(user_data="#!/bin/sh\n", launch_template_id="", fingerprint="")
    Policy.objects.update(join_limit_seconds=3)

    launch = buyer.finish(buyer.begin(buyer.waiting()))

    assert launch.state == LaunchState.FAILED
    assert "did not become a Ready node" in launch.error


def test_an_instance_that_aws_takes_before_it_joined_is_bought_anew(buyer: Buyer) -> None:
    launch = buyer.reach(buyer.begin(buyer.waiting()), LaunchState.JOINING)
    taken = launch.instance
    Instance.objects.filter(pk=taken.pk).update(interruption_at=timezone.now())

    launch = buyer.finish(launch)

    assert launch.state == LaunchState.READY
    assert launch.instance != taken
    assert launch.attempt == 1


def test_a_cluster_that_does_not_answer_is_waited_for(buyer: Buyer) -> None:
    launch = buyer.begin(buyer.waiting())
    buyer.tenant.kube.order(f"clusters/{buyer.tenant.name}/outage", seconds=2, mode="503")

    advance(launch.pk)

    held = Launch.objects.get(pk=launch.pk)
    assert held.state == LaunchState.PLANNED
    assert "does not answer" in held.detail
    assert buyer.finish(launch).state == LaunchState.READY
