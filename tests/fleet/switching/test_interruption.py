"""AWS takes a node: its replacement is launched at once and its pods leave in order, paused or not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Instance, Switch
from apps.fleet.services import switching
from apps.fleet.statuses import DisruptionKind, SwitchState

from .conftest import Driver

pytestmark = pytest.mark.django_db


def test_an_interrupted_node_is_replaced_before_its_deadline(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("web", replicas=3, on=node.name, min_available=2)
    deadline = timezone.now() + timedelta(seconds=120)

    switch = small.finish(small.suggest(node, kind=DisruptionKind.INTERRUPTION, deadline_at=deadline))

    assert switch.state == SwitchState.COMPLETE
    assert timezone.now() < deadline
    assert small.tenant.ready("web") == 3


def test_do_not_disrupt_does_not_keep_a_node_that_aws_takes(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("batch", replicas=1, on=node.name)
    [pod] = small.tenant.pods_on(node.name)
    mark = {"metadata": {"annotations": {"atharva.ai/do-not-disrupt": "true"}}}
    small.tenant.core.patch_namespaced_pod(pod, "default", mark)
    deadline = timezone.now() + timedelta(seconds=120)

    switch = small.finish(small.suggest(node, kind=DisruptionKind.INTERRUPTION, deadline_at=deadline))

    assert switch.state == SwitchState.COMPLETE
    assert small.tenant.ready("batch") == 1


def test_the_drain_begins_without_a_replacement_when_time_runs_out(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("web", replicas=1, on=node.name)
    soon = timezone.now() + timedelta(seconds=60)

    switch = small.reach(
        small.suggest(node, kind=DisruptionKind.INTERRUPTION, deadline_at=soon), SwitchState.SWITCHING
    )

    assert "without waiting" in switch.steps.get(state=SwitchState.SWITCHING).detail


def test_a_voluntary_switch_under_way_becomes_the_answer(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    switch = small.reach(small.suggest(node), SwitchState.PREPARING)
    deadline = timezone.now() + timedelta(seconds=120)

    assert switching.hasten_switch(switch, deadline)
    switch = small.finish(switch)

    assert (switch.kind, switch.state) == (DisruptionKind.INTERRUPTION, SwitchState.COMPLETE)


def test_a_replacement_that_is_taken_while_booting_is_replaced_itself(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    switch = small.run(small.suggest(node), lambda s: s.new_instance is not None)
    first = switch.new_instance
    Instance.objects.filter(pk=first.pk).update(interruption_at=timezone.now() + timedelta(seconds=100))

    switch = small.finish(switch)

    assert switch.state == SwitchState.COMPLETE
    assert switch.new_instance.pk != first.pk


def test_an_interruption_during_a_roll_back_is_answered_once_that_has_ended(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    switch = small.run(small.suggest(node), lambda s: s.new_instance is not None)
    Switch.objects.filter(pk=switch.pk).update(state=SwitchState.ROLLING_BACK)
    deadline = timezone.now() + timedelta(seconds=110)
    Instance.objects.filter(pk=node.instance.pk).update(interruption_at=deadline)

    small.finish(switch)

    answer = Switch.objects.get(old_instance=node.instance, finished_at=None)
    assert (answer.kind, answer.deadline_at) == (DisruptionKind.INTERRUPTION, deadline)
