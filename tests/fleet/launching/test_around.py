"""How the rest of the fleet treats what was bought: swept, woken, moved, given back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.fleet.errors import SwitchRefused
from apps.fleet.models import Instance, Launch
from apps.fleet.services.giving_back.planning import preview
from apps.fleet.services.launching.finishing import finish
from apps.fleet.services.orphans import orphans, sweep_orphans
from apps.fleet.services.switching import suggest_switch
from apps.fleet.services.waking import wake
from apps.fleet.signals import interruption_received
from apps.fleet.statuses import DisruptionKind, InstanceState, LaunchState
from tests.factories import ClusterFactory, CompleteSwitchFactory, LaunchFactory, SpotInstanceFactory

from .conftest import Buyer

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=16)


def test_an_instance_that_is_awaited_or_was_of_use_is_no_orphan() -> None:
    now = timezone.now()
    LaunchFactory(ready=True, created_at=now - LATER)
    joining = SpotInstanceFactory(node_name="", launched_at=now - LATER)
    LaunchFactory(instance=joining, cluster=joining.cluster, state=LaunchState.JOINING)
    assert not orphans(now).exists()


def test_one_whose_launch_failed_is_ended(buyer: Buyer) -> None:
    launch = buyer.reach(buyer.begin(buyer.waiting()), LaunchState.JOINING)
    lost = launch.instance
    Launch.objects.filter(pk=launch.pk).update(state=LaunchState.FAILED, finished_at=timezone.now())
    assert sweep_orphans() == []

    Instance.objects.filter(pk=lost.pk).update(launched_at=timezone.now() - LATER)

    assert sweep_orphans() == [lost.ec2_id]
    assert not buyer.bought


def test_what_was_bought_anew_leaves_the_first_one_to_the_sweep() -> None:
    now = timezone.now()
    lost = SpotInstanceFactory(node_name="", launched_at=now - LATER)
    LaunchFactory(ready=True, cluster=lost.cluster, attempt=1)
    assert list(orphans(now)) == [lost]


def test_a_change_of_its_instance_makes_a_launch_due() -> None:
    later = timezone.now() + timedelta(minutes=1)
    instance = SpotInstanceFactory(node_name="")
    awaits = LaunchFactory(
        instance=instance, cluster=instance.cluster, state=LaunchState.JOINING, look_again_at=later
    )
    other = LaunchFactory(cluster=instance.cluster, look_again_at=later)

    wake([instance.pk])

    awaits.refresh_from_db()
    other.refresh_from_db()
    assert awaits.look_again_at <= timezone.now()
    assert other.look_again_at == later


def test_a_node_that_is_still_being_bought_is_not_moved() -> None:
    instance = SpotInstanceFactory()
    LaunchFactory(instance=instance, cluster=instance.cluster, state=LaunchState.BINDING)
    with pytest.raises(SwitchRefused, match="still being bought"):
        suggest_switch(
            instance=instance, kind=DisruptionKind.INTERRUPTION, candidates=[], reason="", saving_hourly_usd=0
        )


def test_a_node_that_aws_takes_while_it_was_bought_is_answered_once_that_has_ended() -> None:
    heard: list[Instance] = []

    def hear(instance: Instance, **_: object) -> None:
        heard.append(instance)

    launch = LaunchFactory(ready=True, instance__interruption_at=timezone.now() + timedelta(minutes=2))
    calm = LaunchFactory(ready=True)
    interruption_received.connect(hear)
    try:
        finish(calm)
        finish(launch)
    finally:
        interruption_received.disconnect(hear)
    assert heard == [launch.instance]


def test_on_leaving_what_was_bought_goes_and_what_replaced_the_tenants_own_stays() -> None:
    cluster = ClusterFactory()
    bought = LaunchFactory(ready=True, cluster=cluster).instance
    moved = LaunchFactory(ready=True, cluster=cluster).instance
    successor = CompleteSwitchFactory(cluster=cluster, old_instance=moved).new_instance
    Instance.objects.filter(pk=moved.pk).update(state=InstanceState.TERMINATED, terminated_at=timezone.now())
    own = CompleteSwitchFactory(cluster=cluster, old_instance__managed_by="nobody").new_instance
    open_one = LaunchFactory(cluster=cluster)

    seen = preview(cluster)

    assert set(seen.going) == {bought, successor}
    assert own in seen.staying
    assert seen.moves_under_way == 1
    assert open_one.finished_at is None


@pytest.mark.django_db(transaction=True)
def test_a_launch_that_is_being_written_is_not_waited_for() -> None:
    """Who ends a launch holds its row and wants the instance's; who wakes it holds the instance's."""
    later = timezone.now() + timedelta(minutes=1)
    instance = SpotInstanceFactory(node_name="")
    launch = LaunchFactory(
        instance=instance, cluster=instance.cluster, state=LaunchState.JOINING, look_again_at=later
    )
    with transaction.atomic():
        Launch.objects.filter(pk=launch.pk).update(detail="held")
        with ThreadPoolExecutor(1) as other:
            other.submit(in_a_thread, wake, [instance.pk]).result(timeout=20)
    launch.refresh_from_db()
    assert launch.look_again_at == later


def in_a_thread(call: Callable[..., object], *arguments: object) -> None:
    try:
        call(*arguments)
    finally:
        connection.close()
