from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import CloudAccount, CloudEvent, Instance, Notification, PoolEvent
from apps.fleet.services.events.reading import GROUP_TERMINATES, HEALTH, REBALANCE, STATE_CHANGE
from apps.fleet.statuses import CloudEventState, InstanceState, NoticeKind
from tests.factories import LooseInstanceFactory, PoolFactory, SpotInstanceFactory, SwitchFactory

from .conftest import Heard, Queue, the_event


def pool_of(instance: Instance) -> None:
    PoolFactory(region=instance.region, zone=instance.zone, instance_type=instance.instance_type)


def test_an_interruption_is_recorded_announced_and_told(
    messages: Queue, instance: Instance, heard_interruptions: Heard
) -> None:
    pool_of(instance)

    messages.interrupt(instance.ec2_id)
    messages.take_in()

    event = the_event()
    instance.refresh_from_db()
    assert event.state == CloudEventState.HANDLED
    assert instance.interruption_at == event.happened_at + timedelta(seconds=120)
    [told] = heard_interruptions
    assert (told["instance"], told["deadline_at"]) == (instance, instance.interruption_at)
    notice = Notification.objects.get(kind=NoticeKind.TERMINATION)
    assert (notice.client, notice.cluster, notice.instance) == (
        instance.account.client,
        instance.cluster,
        instance,
    )
    assert instance.ec2_id in notice.text
    assert instance.node_name in notice.text
    assert PoolEvent.objects.get().kind == PoolEvent.Kind.INTERRUPTION
    assert messages.length == 0


def test_a_rebalance_recommendation_is_recorded_announced_and_told(
    messages: Queue, instance: Instance, heard_rebalances: Heard, heard_interruptions: Heard
) -> None:
    pool_of(instance)

    messages.tell(REBALANCE, **{"instance-id": instance.ec2_id})
    messages.take_in()

    instance.refresh_from_db()
    assert instance.rebalance_at == the_event().happened_at
    assert instance.interruption_at is None
    assert [told["instance"] for told in heard_rebalances] == [instance]
    assert heard_interruptions == []
    assert Notification.objects.get().kind == NoticeKind.REBALANCE
    assert PoolEvent.objects.get().kind == PoolEvent.Kind.REBALANCE


@pytest.mark.parametrize(
    ("before", "told", "after"),
    [
        (InstanceState.PENDING, "running", InstanceState.RUNNING),
        (InstanceState.RUNNING, "pending", InstanceState.RUNNING),
        (InstanceState.DRAINING, "running", InstanceState.DRAINING),
        (InstanceState.RUNNING, "shutting-down", InstanceState.TERMINATED),
        (InstanceState.DRAINING, "terminated", InstanceState.TERMINATED),
        (InstanceState.RUNNING, "stopped", InstanceState.TERMINATED),
    ],
)
def test_a_state_change_is_taken_over_and_never_goes_back(
    messages: Queue, account: CloudAccount, before: str, told: str, after: str
) -> None:
    instance = LooseInstanceFactory(account=account, state=before)

    messages.tell(STATE_CHANGE, **{"instance-id": instance.ec2_id, "state": told})
    messages.take_in()

    instance.refresh_from_db()
    assert instance.state == after
    expected = the_event().happened_at if after == InstanceState.TERMINATED else None
    assert instance.terminated_at == expected


def test_what_is_terminated_stays_so(messages: Queue, account: CloudAccount) -> None:
    then = timezone.now() - timedelta(hours=1)
    instance = LooseInstanceFactory(account=account, state=InstanceState.TERMINATED, terminated_at=then)

    for told in ("running", "terminated"):
        messages.tell(STATE_CHANGE, **{"instance-id": instance.ec2_id, "state": told})
    messages.take_in()

    instance.refresh_from_db()
    assert (instance.state, instance.terminated_at) == (InstanceState.TERMINATED, then)


def test_a_state_change_lets_the_open_switch_look_at_once(messages: Queue, instance: Instance) -> None:
    later = timezone.now() + timedelta(hours=1)
    switch = SwitchFactory(cluster=instance.cluster, new_instance=instance, look_again_at=later)

    messages.tell(STATE_CHANGE, **{"instance-id": instance.ec2_id, "state": "terminated"})
    messages.take_in()

    switch.refresh_from_db()
    assert switch.look_again_at <= timezone.now()


def test_a_health_event_is_told_for_every_instance_of_ours(messages: Queue, instance: Instance) -> None:
    other = SpotInstanceFactory(cluster=instance.cluster)
    entities = [{"entityValue": one} for one in (instance.ec2_id, other.ec2_id, "i-0123456789abcdef0")]

    messages.tell(
        HEALTH,
        service="EC2",
        eventTypeCode="AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
        startTime="Tue, 01 Dec 2026 10:00:00 GMT",
        affectedEntities=entities,
    )
    messages.take_in()

    notices = Notification.objects.filter(kind=NoticeKind.HEALTH)
    assert {notice.instance for notice in notices} == {instance, other}
    assert all("persistent instance retirement scheduled" in notice.text for notice in notices)
    assert the_event().state == CloudEventState.HANDLED


def test_a_group_that_ends_a_member_is_told_and_nothing_is_moved(
    messages: Queue, instance: Instance, heard_interruptions: Heard
) -> None:
    messages.tell(
        GROUP_TERMINATES,
        EC2InstanceId=instance.ec2_id,
        AutoScalingGroupName="workers",
        LifecycleHookName="drain",
        LifecycleActionToken="token",
    )
    messages.take_in()

    notice = Notification.objects.get()
    assert "group workers ends" in notice.text
    assert "hook drain" in notice.text
    assert heard_interruptions == []


def test_the_same_warning_told_twice_is_acted_on_once(
    messages: Queue, instance: Instance, heard_interruptions: Heard
) -> None:
    messages.interrupt(instance.ec2_id)
    messages.interrupt(instance.ec2_id)
    messages.take_in()

    assert len(heard_interruptions) == 1
    assert Notification.objects.filter(kind=NoticeKind.TERMINATION).count() == 1
    assert set(CloudEvent.objects.values_list("state", flat=True)) == {CloudEventState.HANDLED}


def test_a_later_warning_for_the_same_instance_is_a_new_one(
    messages: Queue, instance: Instance, heard_interruptions: Heard
) -> None:
    messages.interrupt(instance.ec2_id, age=timedelta(days=3))
    messages.take_in()
    messages.interrupt(instance.ec2_id)
    messages.take_in()

    assert len(heard_interruptions) == 2


def test_a_late_warning_is_recorded_and_called_late(
    messages: Queue, instance: Instance, heard_interruptions: Heard
) -> None:
    messages.interrupt(instance.ec2_id, age=timedelta(minutes=5))
    messages.take_in()

    event = the_event()
    instance.refresh_from_db()
    assert event.state == CloudEventState.HANDLED
    assert "after its deadline" in event.note
    assert isinstance(instance.interruption_at, datetime)
    assert instance.interruption_at < timezone.now()
    assert len(heard_interruptions) == 1


def test_the_end_of_a_terminated_instance_is_remembered_and_moves_nothing(
    messages: Queue, account: CloudAccount, heard_interruptions: Heard
) -> None:
    then = timezone.now() - timedelta(minutes=2)
    gone = LooseInstanceFactory(account=account, state=InstanceState.TERMINATED, terminated_at=then)
    pool_of(gone)

    messages.interrupt(gone.ec2_id, age=timedelta(minutes=4))
    messages.take_in()

    assert heard_interruptions == []
    assert PoolEvent.objects.get().at == the_event().happened_at
