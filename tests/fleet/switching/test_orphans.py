"""What we launched and nobody waits for is found and ended; what works is left alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Instance
from apps.fleet.services.orphans import orphans, sweep_orphans

from .conftest import Driver

pytestmark = pytest.mark.django_db


def age(instance: Instance) -> None:
    """Make it old enough for the sweep."""
    Instance.objects.filter(pk=instance.pk).update(launched_at=timezone.now() - timedelta(minutes=16))


def test_an_instance_that_its_switch_forgot_is_ended(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    switch = small.run(small.suggest(node), lambda s: s.new_instance is not None)
    forgotten = switch.new_instance
    type(switch).objects.filter(pk=switch.pk).update(new_instance=None, finished_at=timezone.now())
    age(forgotten)

    assert sweep_orphans() == [forgotten.ec2_id]
    assert forgotten.ec2_id not in small.tenant.living()
    assert sweep_orphans() == []


def test_a_young_one_and_one_that_is_awaited_are_left_alone(small: Driver) -> None:
    switch = small.run(small.suggest(small.tenant.nodes()[0]), lambda s: s.new_instance is not None)
    assert not orphans(timezone.now()).exists()
    age(switch.new_instance)
    assert not orphans(timezone.now()).exists()


def test_a_replacement_that_took_over_is_no_orphan(small: Driver) -> None:
    switch = small.finish(small.suggest(small.tenant.nodes()[0]))
    age(switch.new_instance)
    assert sweep_orphans() == []


def test_one_that_carries_pods_after_all_is_kept(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    switch = small.finish(small.suggest(node))
    new = switch.new_instance
    small.tenant.deployment("web", replicas=1, on=new.node_name)
    type(switch).objects.filter(pk=switch.pk).update(new_instance=None)
    Instance.objects.filter(pk=new.pk).update(joined_at=None)
    age(new)

    assert sweep_orphans() == []
    assert new.ec2_id in small.tenant.living()
