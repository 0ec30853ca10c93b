"""Pools run dry, calls are throttled, templates are wrong: the next candidate, a wait, or a way back."""

import pytest

from apps.fleet.models import NodeTemplate, PoolEvent
from apps.fleet.statuses import SwitchState

from .conftest import Driver

pytestmark = pytest.mark.django_db


def test_with_the_first_three_pools_dry_the_fourth_is_taken_and_three_are_set_aside(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    pools = small.cheaper_pools(node)
    for pool in pools[:3]:
        small.tenant.aws.order("exhaust", instance_type=pool.instance_type_id, zone=pool.zone, minutes=5)
    try:
        switch = small.finish(small.suggest(node, to=pools))
    finally:
        small.tenant.aws.order("reset")

    assert switch.state == SwitchState.COMPLETE
    assert switch.to_pool_id == pools[3].pk
    assert len(small.tenant.living()) == 3


def test_with_every_pool_dry_a_voluntary_move_is_off_and_leaves_nothing(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    pools = small.cheaper_pools(node)
    for pool in pools:
        small.tenant.aws.order("exhaust", instance_type=pool.instance_type_id, zone=pool.zone, minutes=5)
    before = small.tenant.living()
    try:
        switch = small.finish(small.suggest(node, to=pools))
    finally:
        small.tenant.aws.order("reset")

    assert switch.state == SwitchState.ROLLED_BACK
    assert switch.error == "No capacity in any of 4 pools"
    assert small.tenant.living() == before
    assert set(PoolEvent.objects.values_list("pool_id", "kind")) >= {(p.pk, "no_capacity") for p in pools}


def test_throttling_is_waited_out(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.aws.order("throttle", api="CreateFleet", per_second=0.5, burst=0, seconds=6)
    try:
        switch = small.finish(small.suggest(node))
    finally:
        small.tenant.aws.order("reset")

    assert switch.state == SwitchState.COMPLETE
    assert len(small.tenant.living()) == 3


def test_a_template_that_aws_refuses_ends_the_switch_with_its_words(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    NodeTemplate.objects.update(image_id="ami-00000000000000000", launch_template_id="", fingerprint="")
    before = small.tenant.living()

    switch = small.finish(small.suggest(node))

    assert switch.state == SwitchState.ROLLED_BACK
    assert "ami-00000000000000000" in switch.error
    assert small.tenant.living() == before


def test_a_replacement_that_never_joins_is_ended_after_its_limit(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    NodeTemplate.objects.update(user_data="#!/bin/sh\n", launch_template_id="", fingerprint="")
    type(small.tenant.cluster.policy).objects.update(join_limit_seconds=3)
    before = small.tenant.living()

    switch = small.finish(small.suggest(node))

    assert switch.state == SwitchState.ROLLED_BACK
    assert "did not become a Ready node" in switch.error
    assert small.tenant.living() == before
