"""Whatever a budget says, it is kept: the switch waits, then gives up; freed, it goes on."""

import pytest

from apps.fleet.models import Switch
from apps.fleet.services import switching
from apps.fleet.statuses import SwitchState

from .conftest import Driver

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P3.5")]


def test_a_used_up_budget_is_waited_for_and_nothing_is_launched(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("ledger", replicas=2, on=node.name, min_available=2)
    before = small.tenant.pods_on(node.name)

    switch = small.run(small.suggest(node), lambda s: s.blocked_by != "")

    assert switch.state == SwitchState.SUGGESTED
    assert "default/ledger" in switch.detail
    assert "needs 2 healthy pods and has 2" in switch.detail
    assert switch.new_instance is None
    assert small.tenant.pods_on(node.name) == before


def test_it_gives_up_at_the_limit_and_no_pod_was_evicted(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("ledger", replicas=2, on=node.name, min_available=2)
    before = small.tenant.pods_on(node.name)
    type(small.tenant.cluster.policy).objects.update(drain_limit_seconds=1)

    switch = small.finish(small.suggest(node))

    assert switch.state == SwitchState.ROLLED_BACK
    assert "default/ledger" in switch.error
    assert small.tenant.pods_on(node.name) == before
    assert node.instance.ec2_id in small.tenant.living()


def test_freed_it_completes(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("ledger", replicas=2, on=node.name, min_available=2)
    switch = small.run(small.suggest(node), lambda s: s.blocked_by != "")

    small.tenant.budget("ledger", 1)
    switch = small.finish(switch)

    assert switch.state == SwitchState.COMPLETE
    assert small.tenant.ready("ledger") == 2


def test_a_budget_used_up_while_the_replacement_boots_holds_every_eviction(small: Driver) -> None:
    node, *others = small.tenant.nodes()
    small.tenant.deployment("web", replicas=2, on=node.name)
    small.tenant.deployment("ledger", replicas=2, on=node.name, min_available=1)
    before = small.tenant.pods_on(node.name)
    type(small.tenant.cluster.policy).objects.update(drain_limit_seconds=3)
    switch = small.reach(small.suggest(node), SwitchState.PREPARING)

    small.tenant.budget("ledger", 2)
    switch = small.finish(switch)

    assert switch.state == SwitchState.ROLLED_BACK
    assert small.tenant.pods_on(node.name) == before
    assert "ledger" in switch.error
    assert small.tenant.living() == {n.instance.ec2_id for n in (node, *others)}
    taints = small.tenant.core.read_node(node.name).spec.taints or []
    assert [taint.key for taint in taints] == []


def test_a_pod_under_two_budgets_is_named_and_nothing_moves(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("search", replicas=2, on=node.name, min_available=1)
    small.tenant.second_budget("search")

    switch = small.finish(small.suggest(node))

    assert switch.state == SwitchState.ROLLED_BACK
    assert "default/search" in switch.error and "more than one" in switch.error
    assert switch.new_instance is None


def test_a_pod_that_must_not_be_disrupted_is_left_alone(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("batch", replicas=1, on=node.name)
    [pod] = small.tenant.pods_on(node.name)
    mark = {"metadata": {"annotations": {"atharva.ai/do-not-disrupt": "true"}}}
    small.tenant.core.patch_namespaced_pod(pod, "default", mark)

    switch = small.finish(small.suggest(node))

    assert switch.state == SwitchState.ROLLED_BACK
    assert f"default/{pod}" in switch.error and "do-not-disrupt" in switch.error
    assert small.tenant.pods_on(node.name) == {pod}


def test_a_switch_that_ended_is_left_alone(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    switch = small.finish(small.suggest(node))
    revision = switch.revision
    switching.advance(switch.pk)
    assert Switch.objects.get(pk=switch.pk).revision == revision
